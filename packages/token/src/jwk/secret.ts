import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { fail } from '../failures.ts'

const minDistinctBytes = 8 // 32 random bytes have fewer with a probability below 10^-30

/** Rejects a secret that could be guessed, and a public key in place of a secret. Fails with `secret_weak`. */
export function assertSecret(bytes: Buffer, minBytes: number): void {
  const weak = (detail: string) => fail('secret_weak', { detail })
  const remedy = `make one with \`openssl rand -hex ${minBytes}\``
  if (bytes.length < minBytes) throw weak(`it has fewer than ${minBytes} bytes; ${remedy}`)
  if (new Set(bytes).size < minDistinctBytes) throw weak(`it repeats a few characters; ${remedy}`)
  if (looksLikeKey(bytes))
    throw weak('it looks like a PEM, DER, JWK or SSH key, which is not a secret')
}

/** Returns whether bytes are a key in a common encoding. Random bytes may begin like one, but never parse as one. */
function looksLikeKey(bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  if (/-----BEGIN |(^|\s)(ssh|ecdsa)-[\w-]+ |"kty"\s*:/.test(text)) return true // anywhere in the text: a prefix does not make it a secret
  return isDer(bytes) || isDer(Buffer.from(text, 'base64'))
}

/** All of the platform's parsers for a key or a certificate without its PEM frame. */
const readers: readonly ((key: Buffer) => unknown)[] = [
  (key) => createPublicKey({ key, format: 'der', type: 'spki' }),
  (key) => createPublicKey({ key, format: 'der', type: 'pkcs1' }),
  (key) => createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
  (key) => createPrivateKey({ key, format: 'der', type: 'pkcs1' }),
  (key) => createPrivateKey({ key, format: 'der', type: 'sec1' }),
  (key) => new X509Certificate(key),
]

function isDer(bytes: Buffer): boolean {
  return readers.some((read) => {
    try {
      read(bytes)
      return true
    } catch {
      return false
    }
  })
}
