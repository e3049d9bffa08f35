/**
 * The program of a process that is kept from call to call: src/cli.ts as Node starts it (its arguments, environment, folder, both
 * streams, its exit code), without loading the same three hundred files each time. For what is not about a process's own start and end.
 */
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

export interface Call {
  program: string
  args: readonly string[]
  env: Record<string, string>
  cwd: string
}
export interface Answer {
  code: number
  stdout: string
  stderr: string
}

let calls = 0

async function answer({ program, args, env, cwd }: Call): Promise<Answer> {
  process.argv = [process.execPath, program, ...args]
  for (const name of Object.keys(process.env)) delete process.env[name]
  Object.assign(process.env, env)
  process.chdir(cwd)
  process.exitCode = undefined
  const said = { stdout: '', stderr: '' }
  const undo = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name]
    const write = stream.write
    stream.write = ((chunk: string | Uint8Array, ...more: unknown[]) => {
      said[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
      const done = more.at(-1)
      if (typeof done === 'function') process.nextTick(done as () => void)
      return true
    }) as typeof write
    return () => {
      stream.write = write
      stream.removeAllListeners('error')
    }
  })
  try {
    // the file itself anew, what it imports as it is
    await import(`${pathToFileURL(program).href}?call=${++calls}`)
    return { code: Number(process.exitCode ?? 0), ...said }
  } finally {
    for (const back of undo) back()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal)
    process.exitCode = undefined
  }
}

// No channel of Node's own: the program would find that it has been started by another one.
const replies = new Socket({ fd: 3 })
for await (const line of createInterface(process.stdin)) {
  const said = await answer(JSON.parse(line) as Call).catch((error: unknown) => ({
    code: 1,
    stdout: '',
    stderr: String((error as Error).stack),
  }))
  replies.write(`${JSON.stringify(said)}\n`)
}
process.exit()
