import { createScratch, type Scratch } from './scratch.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Byte → its six bits, or -1, whose sign survives every shift and or. */
const sextets = new Int8Array(256).fill(-1)
for (let index = 0; index < alphabet.length; index++) sextets[alphabet.charCodeAt(index)] = index

const asciiScratch = createScratch()

/** The bytes of an ASCII text, or `undefined` for a text that is not ASCII. Good until the next call. */
export function toAscii(text: string): Buffer | undefined {
  const bytes = asciiScratch.room(text.length)
  // beyond ASCII a character becomes several bytes: they are more than the characters, or do not fit, or are no letters of ours
  return bytes.write(text) === text.length ? asciiScratch.view(text.length) : undefined
}

/** The first of the bytes that {@link toAscii} made last, and as long good. */
export function beginningOfAscii(length: number): Buffer {
  return asciiScratch.view(length)
}

/** Bytes to base64url without padding (RFC 7515, section 2). Text is taken as UTF-8. */
export function encodeBase64url(bytes: Uint8Array | string): string {
  const buffer =
    typeof bytes === 'string'
      ? Buffer.from(bytes, 'utf8')
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('base64url')
}

/**
 * Base64url to bytes, or `undefined` when the text is not exactly what {@link encodeBase64url} would have written.
 *
 * Written by hand because no decoder of the platform is strict: `Buffer.from` skips junk, and `Uint8Array.fromBase64`
 * accepts blanks, padding and spare bits. One token must have one spelling, or a changed copy dodges whatever remembers
 * tokens by their text.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const ascii = toAscii(text)
  const decoded = ascii && decodeAscii(ascii, 0, text.length, decodedScratch)
  return decoded && Buffer.from(decoded)
}

const decodedScratch = createScratch()

/**
 * The same for base64url that stands in {@link toAscii}'s bytes, into a scratch. Reading bytes takes half the time of reading
 * characters.
 */
export function decodeAscii(
  ascii: Buffer,
  from: number,
  to: number,
  scratch: Scratch,
): Buffer | undefined {
  const length = to - from
  const rest = length & 3
  if (rest === 1) return undefined
  const decoded = (length * 3) >> 2
  const bytes = scratch.room(decoded)
  let bits = 0 // every group of sextets, or-ed: negative means that one was not of the alphabet
  let out = 0

  for (let at = from; at < to - rest; at += 4) {
    const a = sextetAt(ascii, at)
    const b = sextetAt(ascii, at + 1)
    const c = sextetAt(ascii, at + 2)
    const group = (a << 18) | (b << 12) | (c << 6) | sextetAt(ascii, at + 3)
    bits |= group
    bytes[out] = group >> 16
    bytes[out + 1] = group >> 8
    bytes[out + 2] = group
    out += 3
  }
  if (rest > 0) {
    const a = sextetAt(ascii, to - rest)
    const b = sextetAt(ascii, to - rest + 1)
    const group = (a << 12) | (b << 6) | (rest === 3 ? sextetAt(ascii, to - 1) : 0)
    const spare = rest === 3 ? group & 3 : group & 0x3ff
    bits |= group | -spare // spare bits must be zero, or the same bytes have another spelling
    bytes[out] = group >> 10
    if (rest === 3) bytes[out + 1] = group >> 2
  }
  return bits < 0 ? undefined : scratch.view(decoded)
}

function sextetAt(ascii: Buffer, at: number): number {
  return sextets[ascii[at] as number] as number // every byte has an entry
}
