/** Zip archives by yauzl, member by member: sizes as declared are looked at first, what comes is checked against them and its CRC. */
import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type Entry, openPromise } from 'yauzl'
import { FileRefused } from './csv.ts'

export interface Zip {
  /** unpacked size of each member by its name; folders are left out */
  members: ReadonlyMap<string, number>
  /** The member's bytes. Throws `FileRefused` where it is larger than `largest`, encrypted or damaged. */
  read(name: string, largest: number): AsyncGenerator<Uint8Array>
  close(): void
}
const MEMBERS_AT_MOST = 10_000
/** Old .xls workbooks, and .xlsx with a password, are of this kind: D0 CF 11 E0. */
const COMPOUND_FILE = 0xd0cf11e0

/** @throws FileRefused where it is not a whole archive; `what` names what it should be */
export async function openZip(path: string, what: string): Promise<Zip> {
  const broken = (cause: unknown): never => {
    if (cause instanceof FileRefused || isOfDisk(cause)) throw cause
    throw new FileRefused(`it is not a whole ${what}`, { cause })
  }
  await refuseCompound(path)
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch(broken)
  const entries = new Map<string, Entry>()
  try {
    if (zip.entryCount > MEMBERS_AT_MOST) throw new FileRefused(`it has ${zip.entryCount} members`)
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue
      // the one would hide the other
      if (entries.has(entry.fileName)) throw new FileRefused('two of its members have one name')
      entries.set(entry.fileName, entry)
    }
  } catch (cause) {
    zip.close()
    return broken(cause)
  }
  return {
    members: new Map([...entries].map(([name, entry]) => [name, entry.uncompressedSize])),
    async *read(name, largest) {
      const entry = entries.get(name)
      if (!entry) throw new FileRefused(`it is not a whole ${what}`)
      if (entry.isEncrypted()) throw new FileRefused('it is protected by a password')
      if (entry.uncompressedSize > largest) throw tooLarge(entry.uncompressedSize, largest)
      let crc = 0
      try {
        for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Uint8Array>) {
          crc = crc32(chunk, crc)
          yield chunk
        }
      } catch (cause) {
        broken(cause)
      }
      if (crc !== entry.crc32) throw new FileRefused(`it is damaged: ${what} part with a wrong checksum`)
    },
    close: () => zip.close(),
  }
}

export const tooLarge = (size: number, largest: number) =>
  new FileRefused(`unpacked it has ${size} bytes, more than the limit of ${largest}`)

const isOfDisk = (cause: unknown) => typeof (cause as NodeJS.ErrnoException)?.syscall === 'string'

async function refuseCompound(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    const head = Buffer.alloc(4)
    await file.read(head, 0, 4, 0)
    if (head.readUInt32BE(0) === COMPOUND_FILE)
      throw new FileRefused('it is an old .xls workbook, or protected by a password; save it as .xlsx without one')
  } finally {
    await file.close()
  }
}
