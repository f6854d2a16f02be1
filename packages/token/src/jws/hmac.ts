import { hash, timingSafeEqual } from 'node:crypto'
import { createReusableBuffer } from '../lib/reusable-buffer.ts'

/** Signs and verifies with HMAC under one secret (RFC 2104). */
export interface Hmac {
  /** Returns the code of some bytes, in base64url. */
  sign(bytes: Buffer): string
  /** Returns whether a code belongs to some bytes; compares in constant time. */
  verify(bytes: Buffer, code: Buffer): boolean
}

const blockBytes = { sha256: 64, sha384: 128, sha512: 128 } as const // FIPS 180-4

/**
 * Prepares HMAC as two one-shot hashes over buffers that already contain the secret's two pads. `createHmac` sets up a context for
 * every call, which takes more than twice as long as the hashing (figures in docs/benchmarks.md). The pads are in
 * ordinary memory, like the secret itself.
 */
export function createHmacState(secret: Buffer, algorithm: keyof typeof blockBytes): Hmac {
  const block = blockBytes[algorithm]
  const key = secret.length > block ? hash(algorithm, secret, 'buffer') : secret
  const digestBytes = hash(algorithm, '', 'buffer').length
  const inner = createReusableBuffer(padded(key, 0x36, block, 0))
  const outer = padded(key, 0x5c, block, digestBytes)
  const expected = Buffer.alloc(digestBytes)

  function prepareOuter(bytes: Buffer): void {
    inner.reserve(block + bytes.length).set(bytes, block)
    // digests are passed as latin1 strings: a Buffer for each costs more than writing it to its place
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

/** Makes a buffer that begins with the key, zero-filled to a block and xor-ed with the pad byte. */
function padded(key: Buffer, pad: number, block: number, extra: number): Buffer {
  const buffer = Buffer.alloc(block + extra, pad)
  for (const [at, byte] of key.entries()) buffer[at] = byte ^ pad
  return buffer
}
