/** `.gz` and `.zip` files unpacked beside, within a limit. What ends too early is refused before anything of it is read. */
import { createReadStream, createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { FileRefused } from './csv.ts'
import { openZip, tooLarge } from './zip.ts'

export interface UnpackOptions {
  /** greatest size in bytes, unpacked */
  largest: number
  /** the member of a zip to read; the only one unless said */
  member?: RegExp
}

/** The path of what is in the file: the path itself where its name says that it is not packed. Throws `FileRefused`. */
export async function unpack(
  name: string,
  path: string,
  { largest, member }: UnpackOptions,
  to: () => Promise<string>,
): Promise<string> {
  if (/\.gz$/i.test(name)) return write(gunzip(path), largest, await to())
  if (!/\.zip$/i.test(name)) return path
  const zip = await openZip(path, 'zip archive')
  try {
    return await write(zip.read(chosen([...zip.members.keys()], member), largest), largest, await to())
  } finally {
    zip.close()
  }
}

function chosen(names: readonly string[], member: RegExp | undefined): string {
  // what macOS leaves in every archive
  const files = names.filter((name) => !/(?:^|\/)(?:__MACOSX\/|\.)/.test(name))
  const found = member ? files.filter((name) => member.test(name)) : files
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const which = member ? 'that match the declared member' : 'in it'
  throw new FileRefused(`there are ${found.length} files ${which}, there must be one`)
}

async function* gunzip(path: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path)
  const unzip = createGunzip()
  file.on('error', (error) => unzip.destroy(error))
  try {
    for await (const chunk of file.pipe(unzip)) yield chunk as Uint8Array
  } catch (cause) {
    if (String((cause as NodeJS.ErrnoException).code).startsWith('Z_'))
      throw new FileRefused('it is not a whole gzip file', { cause })
    throw cause
  } finally {
    file.destroy()
  }
}

async function write(bytes: AsyncIterable<Uint8Array>, largest: number, path: string): Promise<string> {
  let size = 0
  const counted = async function* () {
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > largest) throw tooLarge(size, largest)
      yield chunk
    }
  }
  await pipeline(counted, createWriteStream(path, { mode: 0o600 }))
  return path
}
