import { deflateSync, inflateSync } from 'node:zlib'
import { decodeBase64url, encodeBase64url } from '../lib/base64url.ts'
import { fail } from '../failures.ts'

/** The number of bits of a status. One is enough for valid or invalid. */
export type StatusBits = 1 | 2 | 4 | 8

/** A status list as JSON: the `status_list` claim of a Status List Token (draft-ietf-oauth-status-list, section 4). */
export interface EncodedStatusList {
  readonly bits: StatusBits
  /** The packed statuses, ZLIB-compressed, in base64url. */
  readonly lst: string
}

/** A list of statuses of one or a few bits each. Changed in place: a list of a million is not copied to end one session. */
export interface StatusList {
  readonly bits: StatusBits
  /** The number of statuses. */
  readonly size: number
  /** The packed statuses in memory, for compressing or counting; do not write to them. */
  readonly bytes: Uint8Array
  /** Returns the status at an index: 0 is valid, 1 is invalid. Fails with `status_index_unknown` outside of the list. */
  get(index: number): number
  /** Sets the status at an index. Fails with `status_index_unknown` outside of the list. */
  set(index: number, status: number): void
  /** Compresses the list for a Status List Token. */
  encode(): EncodedStatusList
}

const compressionLevel = 6 // of zlib: 9 makes a list of a million 11 % smaller in 16 times the time
const maxInflatedBytes = 16 * 1024 * 1024 // 134 million sessions; also the limit for a hostile list

/**
 * Makes a list (draft-ietf-oauth-status-list) in which every status is 0, valid. `size` is rounded up to whole bytes.
 *
 * @example
 * import { createStatusList } from '@countersign/token'
 *
 * const list = createStatusList(1_000_000)
 * list.set(123, 1) // the token with index 123 is revoked
 * console.log(list.get(123), list.get(124)) // 1 0
 */
export function createStatusList(size: number, bits: StatusBits = 1): StatusList {
  const bytes = Math.ceil((size * bits) / 8)
  if (!Number.isSafeInteger(size) || size < 1 || bytes > maxInflatedBytes || !isStatusBits(bits)) {
    throw fail('status_list_invalid', {
      detail: `it needs a size of 1 to ${maxInflatedBytes * 8} bits, and 1, 2, 4 or 8 bits per status`,
    })
  }
  return toStatusList(Buffer.alloc(bytes), bits)
}

/**
 * Decodes a list that {@link StatusList.encode} or another implementation has written. Fails with `status_list_invalid` for another
 * number of bits, for invalid base64url or ZLIB data, and for a list that would inflate beyond 16 MiB.
 *
 * @example
 * import { createStatusList, decodeStatusList } from '@countersign/token'
 *
 * const list = createStatusList(1000)
 * list.set(7, 1)
 * console.log(decodeStatusList(list.encode()).get(7)) // 1
 */
export function decodeStatusList({ bits, lst }: EncodedStatusList): StatusList {
  const packed = typeof lst === 'string' ? decodeBase64url(lst) : undefined
  if (!packed || !isStatusBits(bits))
    throw fail('status_list_invalid', { detail: 'its bits or lst is malformed' })
  try {
    return toStatusList(inflateSync(packed, { maxOutputLength: maxInflatedBytes }), bits)
  } catch (cause) {
    throw fail('status_list_invalid', {
      detail: 'its lst is not ZLIB data, or is larger than the limit',
      cause,
    })
  }
}

function isStatusBits(bits: unknown): bits is StatusBits {
  return bits === 1 || bits === 2 || bits === 4 || bits === 8
}

/** Wraps packed bytes in a list. Index 0 is in the least significant bits of byte 0 (section 4.1). */
function toStatusList(bytes: Buffer, bits: StatusBits): StatusList {
  const perByte = 8 / bits
  const [toByte, within] = [Math.log2(perByte), perByte - 1] // integer arithmetic only: runs for every request
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
    encode: () => ({ bits, lst: encodeBase64url(deflateSync(bytes, { level: compressionLevel })) }),
  })
}
