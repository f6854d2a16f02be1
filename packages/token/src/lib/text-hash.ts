import { hash } from 'node:crypto'

/** Returns the SHA-256 of a text in base64url, under which a random secret can be stored. Not for passwords: they can be guessed. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url')
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const checksumLength = 6 // characters of base62 for the 32 bits of a CRC

/**
 * Returns a checksum of ASCII text: its CRC-32 as six characters of base62 (0-9, A-Z, a-z), padded with zeros, as in the tokens of GitHub. It tells a
 * mistyped secret from a right one, and protects nothing.
 */
export function checksum(text: string): string {
  let rest = crc32(text)
  let digits = ''
  for (let at = 0; at < checksumLength; at++) {
    digits = `${alphabet[rest % 62]}${digits}`
    rest = Math.floor(rest / 62)
  }
  return digits
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 as in zlib (ISO-HDLC). */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let at = 0; at < text.length; at++)
    crc = (crc >>> 8) ^ (table[(crc ^ text.charCodeAt(at)) & 0xff] ?? 0)
  return (crc ^ 0xffffffff) >>> 0
}
