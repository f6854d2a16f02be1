import { deflateSync, inflateSync } from 'node:zlib'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { fail } from './failures.ts'

/** How many bits a status has. One is enough for "good or not". */
export type StatusBits = 1 | 2 | 4 | 8

/** A status list as JSON, the `status_list` claim of a Status List Token (draft-ietf-oauth-status-list, section 4). */
export interface EncodedStatusList {
  readonly bits: StatusBits
  /** The packed statuses, ZLIB-compressed, in base64url. */
  readonly lst: string
}

/** Many statuses, a bit or a few for each. Changed in place: a list of a million is not copied to end one session. */
export interface StatusList {
  readonly bits: StatusBits
  /** How many statuses there are room for. */
  readonly size: number
  /** The packed statuses as they lie in memory, for whoever compresses or counts them; not to be written to. */
  readonly bytes: Uint8Array
  /** The status at an index: 0 is valid, 1 invalid. Fails with `status_index_unknown` outside of the list. */
  get(index: number): number
  set(index: number, status: number): void
  encode(): EncodedStatusList
}

const level = 6 // of zlib: 9 makes a list of a million 11 % smaller in 16 times the time
const mostBytes = 16 * 1024 * 1024 // of a list once inflated: 134 million sessions, and no more for a hostile one

/** Makes a list in which every status is 0, valid. `size` is rounded up to whole bytes. */
export function createStatusList(size: number, bits: StatusBits = 1): StatusList {
  const bytes = Math.ceil((size * bits) / 8)
  if (!Number.isSafeInteger(size) || size < 1 || bytes > mostBytes || !isStatusBits(bits)) {
    throw fail('status_list_invalid', {
      detail: `it needs a size of 1 to ${mostBytes * 8} bits, and 1, 2, 4 or 8 bits a status`,
    })
  }
  return over(Buffer.alloc(bytes), bits)
}

/**
 * Reads a list that {@link StatusList.encode} or any other issuer has written. Fails with `status_list_invalid` for another
 * number of bits, for what is not base64url or ZLIB, and for what would inflate beyond 16 MiB.
 */
export function decodeStatusList({ bits, lst }: EncodedStatusList): StatusList {
  const packed = typeof lst === 'string' ? decodeBase64url(lst) : undefined
  if (!packed || !isStatusBits(bits))
    throw fail('status_list_invalid', { detail: 'its bits or lst has the wrong form' })
  try {
    return over(inflateSync(packed, { maxOutputLength: mostBytes }), bits)
  } catch (cause) {
    throw fail('status_list_invalid', {
      detail: 'its lst is not ZLIB, or larger than is read',
      cause,
    })
  }
}

function isStatusBits(bits: unknown): bits is StatusBits {
  return bits === 1 || bits === 2 || bits === 4 || bits === 8
}

/** A list over packed bytes: index 0 stands in the least significant bits of byte 0 (section 4.1). */
function over(bytes: Buffer, bits: StatusBits): StatusList {
  const perByte = 8 / bits
  const [toByte, within] = [Math.log2(perByte), perByte - 1] // whole numbers throughout: looked at with every request
  const mask = (1 << bits) - 1
  const size = bytes.length * perByte
  const shiftOf = (index: number) => {
    if ((index | 0) !== index || index < 0 || index >= size)
      throw fail('status_index_unknown', { facts: { size } })
    return (index & within) * bits
  }
  const byteAt = (index: number) => bytes[index >> toByte] as number // the index was checked
  return Object.freeze({
    bits,
    size,
    bytes,
    get(index: number) {
      const shift = shiftOf(index)
      return (byteAt(index) >> shift) & mask
    },
    set(index: number, status: number) {
      const shift = shiftOf(index)
      if (!Number.isInteger(status) || status < 0 || status > mask) {
        throw fail('status_list_invalid', {
          detail: `a status of ${bits} bits is a number from 0 to ${mask}`,
        })
      }
      bytes[index >> toByte] = (byteAt(index) & ~(mask << shift)) | (status << shift)
    },
    encode: () => ({ bits, lst: encodeBase64url(deflateSync(bytes, { level })) }),
  })
}
