import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { fail } from './failures.ts'

const leastVariety = 8 // different bytes; 32 random bytes have fewer once in more than 10^30 times

/** Refuses a secret that could be guessed, or that is no secret at all. Fails with `secret_weak`. */
export function assertSecret(bytes: Buffer, leastBytes: number): void {
  const weak = (detail: string) => fail('secret_weak', { detail })
  const recipe = `make one with \`openssl rand -hex ${leastBytes}\``
  if (bytes.length < leastBytes) throw weak(`it has fewer than ${leastBytes} bytes; ${recipe}`)
  if (new Set(bytes).size < leastVariety) throw weak(`it repeats a few characters; ${recipe}`)
  if (looksLikeKey(bytes))
    throw weak('it looks like a PEM, DER, JWK or SSH key, which is no secret')
}

/** Whether bytes are a key in one of the usual spellings. Random bytes may begin like one, but never parse as one. */
function looksLikeKey(bytes: Buffer): boolean {
  const text = bytes.toString('latin1')
  if (/-----BEGIN |(^|\s)(ssh|ecdsa)-[\w-]+ |"kty"\s*:/.test(text)) return true // wherever it stands: whatever is before it is no help
  return isDer(bytes) || isDer(Buffer.from(text, 'base64'))
}

/** Every way in which the platform reads a key or a certificate without its PEM frame. */
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
