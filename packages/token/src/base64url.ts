const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const invalid = 255

/** Character code → its six bits. Codes of 128 and more are looked up masked, and refused by their sum. */
const sextets = new Uint8Array(128).fill(invalid)
for (let index = 0; index < alphabet.length; index++) sextets[alphabet.charCodeAt(index)] = index

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
  const { length } = text
  const rest = length & 3
  if (rest === 1) return undefined

  const bytes = Buffer.allocUnsafe((length * 3) >> 2)
  const whole = length - rest
  let seen = 0 // every code and every sextet, or-ed: a bit above the sixth means that one was not of the alphabet
  let out = 0
  const take = (at: number): number => {
    const code = text.charCodeAt(at)
    const bits = sextets[code & 127] as number
    seen |= bits | (code & ~127)
    return bits
  }
  for (let at = 0; at < whole; at += 4) {
    const bits = (take(at) << 18) | (take(at + 1) << 12) | (take(at + 2) << 6) | take(at + 3)
    bytes[out++] = bits >> 16
    bytes[out++] = bits >> 8
    bytes[out++] = bits
  }
  if (rest > 0) {
    const bits = (take(whole) << 12) | (take(whole + 1) << 6) | (rest === 3 ? take(whole + 2) : 0)
    bytes[out++] = bits >> 10
    if (rest === 3) bytes[out] = bits >> 2
    const spare = rest === 3 ? bits & 3 : (bits >> 6) & 15
    if (spare !== 0) return undefined // spare bits: the same bytes have another spelling
  }
  return (seen & ~63) === 0 ? bytes : undefined
}
