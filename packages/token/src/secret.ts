import { createPublicKey } from 'node:crypto'
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
  const text = bytes.toString('latin1').trim()
  if (/-----BEGIN |^(ssh|ecdsa)-[\w-]+ /.test(text)) return true
  if (isDer(bytes) || isDer(Buffer.from(text, 'base64'))) return true
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object'
  } catch {
    return false
  }
}

function isDer(key: Buffer): boolean {
  try {
    createPublicKey({ key, format: 'der', type: 'spki' })
    return true
  } catch {
    return false
  }
}
