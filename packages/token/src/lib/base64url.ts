import { createReusableBuffer, type ReusableBuffer } from './reusable-buffer.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Maps a byte to its six bits, or to -1, whose sign survives every shift and bitwise or. */
const sextets = new Int8Array(256).fill(-1)
for (let index = 0; index < alphabet.length; index++) sextets[alphabet.charCodeAt(index)] = index

const asciiBuffer = createReusableBuffer()

/** Returns the bytes of an ASCII string, or `undefined` for any other string. Valid until the next call with the same buffer. */
export function encodeAscii(text: string, into: ReusableBuffer = asciiBuffer): Buffer | undefined {
  const bytes = into.reserve(text.length)
  // a character beyond ASCII takes several bytes: then there are more bytes than characters, or they do not fit, or are outside the alphabet
  return bytes.write(text) === text.length ? into.view(text.length) : undefined
}

/** Returns the first of the bytes that {@link encodeAscii} made last in the default buffer; valid as long as those. */
export function asciiPrefix(length: number): Buffer {
  return asciiBuffer.view(length)
}

/** Encodes bytes as base64url without padding (RFC 7515, section 2). A string is encoded as UTF-8 first. */
export function encodeBase64url(bytes: Uint8Array | string): string {
  const buffer =
    typeof bytes === 'string'
      ? Buffer.from(bytes, 'utf8')
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('base64url')
}

/**
 * Decodes base64url, or returns `undefined` when the text is not exactly what {@link encodeBase64url} would have written.
 *
 * Written by hand because no decoder of the platform is strict: `Buffer.from` skips invalid characters, and `Uint8Array.fromBase64`
 * accepts blanks, padding and non-zero spare bits. A token must have exactly one spelling, or a changed copy of it would evade every list
 * that identifies tokens by their text.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const ascii = encodeAscii(text, encodedBuffer)
  const decoded = ascii && decodeAscii(ascii, 0, text.length, decodedBuffer)
  return decoded && Buffer.from(decoded)
}

const encodedBuffer = createReusableBuffer() // its own: a key set may import a key between the parts of a token and its signature check
const decodedBuffer = createReusableBuffer()

/**
 * Decodes a range of {@link encodeAscii}'s bytes into a reusable buffer, as {@link decodeBase64url} does. Reading bytes takes half the time
 * of reading characters.
 */
export function decodeAscii(
  ascii: Buffer,
  from: number,
  to: number,
  into: ReusableBuffer,
): Buffer | undefined {
  const length = to - from
  const rest = length & 3
  if (rest === 1) return undefined
  const decoded = (length * 3) >> 2
  const bytes = into.reserve(decoded)
  let bits = 0 // all groups of sextets, or-ed: negative means that a byte was outside the alphabet
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
    bits |= group | -spare // spare bits must be zero, or the same bytes would have another spelling
    bytes[out] = group >> 10
    if (rest === 3) bytes[out + 1] = group >> 2
  }
  return bits < 0 ? undefined : into.view(decoded)
}

function sextetAt(ascii: Buffer, at: number): number {
  return sextets[ascii[at] as number] as number // every byte has an entry
}
