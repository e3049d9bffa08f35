/** Which messages travel together. The table functions are in src/warehouse/outbox.ts. */
import { createHash } from 'node:crypto'
import type { DueMessage } from '../warehouse/outbox.ts'

/** 500: an answer names every id, and an unknown outcome repeats at most this many. */
export const BATCH_MESSAGES = 500
/** 1 MiB: the usual body limit of the gateways in front of an IOC. */
export const BATCH_BYTES = 1024 * 1024
const ENVELOPE = Buffer.byteLength('{"messages":[]}')
export const BATCH_BODY_BYTES = BATCH_BYTES - ENVELOPE

export const CHANNELS = { indicator: 'indicators', 'source-status': 'source-status' } as const
export type Channel = (typeof CHANNELS)[keyof typeof CHANNELS]

export interface Batch {
  channel: Channel
  messages: readonly DueMessage[]
  body: Buffer
  /**
   * SHA-256 of channel and body. The same batch after an unknown outcome carries the same key and is answered from memory there;
   * after a crash the batch may be cut elsewhere, has another key then, and the ids make what is known already a duplicate.
   * What was refused is asked anew under another key: under the old one a target that has been mended would repeat its refusal.
   */
  key: string
}

/** The longest run of one kind at the head of the queue: order holds over both kinds. `due` has at least one message. */
export function formBatch(due: readonly DueMessage[]): Batch {
  const channel = channelOf(due[0])
  const end = due.findIndex((message) => channelOf(message) !== channel)
  const messages = end < 0 ? due : due.slice(0, end)
  // Bodies go out exactly as they were stored: a second serialisation could differ from what was signed off.
  const body = Buffer.from(`{"messages":[${messages.map((message) => message.body).join(',')}]}`)
  const refused = messages.flatMap(({ refusedAt }) => refusedAt ?? [])
  const head = refused.length === 0 ? `${channel}\n` : `${channel}\n${refused.join(' ')}\n`
  return { channel, messages, body, key: createHash('sha256').update(head).update(body).digest('hex') }
}

const channelOf = (message: DueMessage | undefined): Channel =>
  CHANNELS[message?.kind as keyof typeof CHANNELS] ?? CHANNELS.indicator
