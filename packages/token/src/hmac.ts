import { hash, timingSafeEqual } from 'node:crypto'
import { createScratch } from './scratch.ts'

/** Message authentication codes under one secret (RFC 2104). */
export interface Hmac {
  /** The code of bytes, in base64url. */
  sign(bytes: Buffer): string
  /** Whether a code is that of bytes; compared in constant time. */
  verify(bytes: Buffer, code: Buffer): boolean
}

const blockBytes = { sha256: 64, sha384: 128, sha512: 128 } as const // FIPS 180-4

/**
 * Prepares HMAC as two one-shot hashes over buffers that already hold the secret's two pads. `createHmac` sets up a context for
 * every call, which takes more than twice as long as the hashing (the figures are in docs/benchmarks.md). The pads lie in
 * ordinary memory, as the secret itself does.
 */
export function createHmacState(secret: Buffer, algorithm: keyof typeof blockBytes): Hmac {
  const block = blockBytes[algorithm]
  const key = secret.length > block ? hash(algorithm, secret, 'buffer') : secret
  const digestBytes = hash(algorithm, '', 'buffer').length
  const inner = createScratch(padded(key, 0x36, block, 0))
  const outer = padded(key, 0x5c, block, digestBytes)
  const expected = Buffer.alloc(digestBytes)

  function prepareOuter(bytes: Buffer): void {
    inner.room(block + bytes.length).set(bytes, block)
    // digests travel as latin1 text: making a Buffer of each costs more than writing it where it is wanted
    outer.write(hash(algorithm, inner.view(block + bytes.length), 'latin1'), block, 'latin1')
  }

  return {
    sign(bytes) {
      prepareOuter(bytes)
      return hash(algorithm, outer, 'base64url')
    },
    verify(bytes, code) {
      prepareOuter(bytes)
      expected.write(hash(algorithm, outer, 'latin1'), 0, 'latin1')
      return code.length === digestBytes && timingSafeEqual(expected, code)
    },
  }
}

/** A buffer that begins with the key, filled up with zeros to a block, each byte combined with the pad's. */
function padded(key: Buffer, pad: number, block: number, room: number): Buffer {
  const buffer = Buffer.alloc(block + room, pad)
  for (const [at, byte] of key.entries()) buffer[at] = byte ^ pad
  return buffer
}
