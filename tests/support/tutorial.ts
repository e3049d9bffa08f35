/** A page executed as it stands: its commands in one shell, its files and edits in between, what it says they print. */
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CHECKOUT } from '../../src/config.ts'

export interface Block {
  /** `sh`, `text`, `diff`, or a language */
  kind: string
  /** of a file or an edit: where it goes, relative to the home */
  file: string
  content: string
}
export const blocksOf = (page: string): Block[] =>
  [...page.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, kind = '', file = '', content = '']) => ({
    kind,
    file,
    content,
  }))

export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** One shell for the whole page: its functions, folder and background jobs last. */
function openShell(cwd: string, env: Record<string, string>) {
  const shell = spawn('bash', ['--norc'], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let wake = () => {}
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      wake()
    })
  }
  const ended = new Promise<void>((resolve) => shell.once('close', () => resolve()))
  return {
    /** what the commands of a block print, and how the last of them ended */
    async run(commands: string): Promise<{ printed: string; code: number }> {
      said = ''
      shell.stdin.write(`{\n${commands}} < /dev/null\necho "@@end $?"\n`)
      for (;;) {
        const end = /^@@end (\d+)$/m.exec(said)
        if (end) return { printed: said.slice(0, end.index), code: Number(end[1]) }
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    async close() {
      shell.stdin.end('kill $(jobs -p) 2>/dev/null\n')
      await ended
    },
  }
}

/** `-` lines stand in the file exactly once, together; the `+` lines take their place. */
function edit(file: string, diff: string): void {
  const lines = diff.trimEnd().split('\n')
  const of = (sign: string) =>
    lines
      .filter((line) => line.startsWith(sign))
      .map((line) => line.slice(1))
      .join('\n')
  const text = readFileSync(file, 'utf8')
  const [old, written] = [of('-'), of('+')]
  if (text.split(old).length !== 2) throw new Error(`not exactly once in ${file}:\n${old}`)
  writeFileSync(
    file,
    text.replace(old, () => written),
  )
}

/** `…` stands for anything within a line; alone in a line, for any lines. */
const pattern = (expected: string): RegExp => {
  const lines = expected
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '…' ? '(?:.*\n)*?' : `${line.split('…').map(RegExp.escape).join('.*')}\n`))
  return new RegExp(`^${lines.join('')}$`)
}

/**
 * Runs `page` in a shell in `cwd`, which is also where its files and edits go unless `home` says otherwise. Returns how many lines the
 * page asks a person to write in its edits.
 */
export async function runPage(
  page: string,
  { cwd, home = cwd, env, after }: { cwd: string; home?: string; env: Record<string, string>; after?: () => unknown },
): Promise<number> {
  const shell = openShell(cwd, env)
  let printed = ''
  let edited = 0
  try {
    for (const { kind, file, content } of blocksOf(page)) {
      if (kind === 'sh') {
        const ran = await shell.run(content)
        if (ran.code !== 0) throw new Error(`exit code ${ran.code} of:\n${content}\n${ran.printed}`)
        printed = ran.printed
      } else if (kind === 'text') {
        if (!pattern(content).test(printed)) throw new Error(`the page says\n${content}\nand what came is\n${printed}`)
      } else if (kind === 'diff') {
        edit(join(home, file), content)
        edited += content.split('\n').filter((line) => line.startsWith('+')).length
      } else writeFileSync(join(home, file), content)
    }
    await after?.()
  } finally {
    await shell.close()
  }
  return edited
}

/** What a clone has, in a folder of its own, with the modules of this one. */
export function checkOut(copy: string): void {
  mkdirSync(join(copy, 'data'), { recursive: true })
  for (const part of ['src', 'schemas', 'connectors', 'jobs', 'package.json', 'data/reference'])
    cpSync(join(CHECKOUT, part), join(copy, part), { recursive: true })
  symlinkSync(join(CHECKOUT, 'node_modules'), join(copy, 'node_modules'))
}

/** The edits of a page alone. */
export function applyEdits(page: string, home: string): void {
  for (const { kind, file, content } of blocksOf(page)) if (kind === 'diff') edit(join(home, file), content)
}
