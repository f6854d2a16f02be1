const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** Character code → its six bits, or -1, whose sign survives every shift and or. Codes beyond are masked, and refused. */
const sextets = new Int8Array(128).fill(-1)
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
export function decodeBase64url(text: string, from = 0, to = text.length): Buffer | undefined {
  const length = to - from
  const rest = length & 3
  if (rest === 1) return undefined
  const bytes = Buffer.allocUnsafe((length * 3) >> 2)
  let codes = 0 // every character, or-ed: above 127 means that one was not ASCII
  let bits = 0 // every group of sextets, or-ed: negative means that one was not of the alphabet
  let out = 0
  const sextet = (code: number) => sextets[code & 127] as number // the mask keeps it inside the table

  for (let at = from; at < to - rest; at += 4) {
    const a = text.charCodeAt(at)
    const b = text.charCodeAt(at + 1)
    const c = text.charCodeAt(at + 2)
    const d = text.charCodeAt(at + 3)
    codes |= a | b | c | d
    const group = (sextet(a) << 18) | (sextet(b) << 12) | (sextet(c) << 6) | sextet(d)
    bits |= group
    bytes[out] = group >> 16
    bytes[out + 1] = group >> 8
    bytes[out + 2] = group
    out += 3
  }
  if (rest > 0) {
    const a = text.charCodeAt(to - rest)
    const b = text.charCodeAt(to - rest + 1)
    const c = rest === 3 ? text.charCodeAt(to - 1) : 65 // 65: A, six bits of nothing
    codes |= a | b | c
    const group = (sextet(a) << 12) | (sextet(b) << 6) | sextet(c)
    const spare = rest === 3 ? group & 3 : group & 0x3ff
    bits |= group | -spare // spare bits must be zero, or the same bytes have another spelling
    bytes[out] = group >> 10
    if (rest === 3) bytes[out + 1] = group >> 2
  }
  return codes <= 127 && bits >= 0 ? bytes : undefined
}
