import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import type { Random } from '../kernel/ports.ts'
import { Secret } from '../kernel/secret.ts'

/**
 * A refresh token in hand: `csrt_`, a handle, a secret, and a checksum. The handle stays the same for a whole session and
 * finds it; the secret is another one after each use. Only hashes of the two are stored.
 *
 * So who shows the right handle with a secret that is not the current one holds a token that was used up: nobody else
 * can know the handle. The checksum tells a damaged token from a used one; it protects nothing.
 */
export interface RefreshToken {
  readonly handle: Secret
  readonly secret: Secret
}

const prefix = 'csrt_' // what scanners for leaked secrets look for
const handleBytes = 16
const secretBytes = 32
const handleLength = 22 // characters of base64url
const checksumLength = 6
const form = /^csrt_[\w-]{71}$/

/** Makes the first token of a session, or with `handle` the next one. */
export function newRefreshToken(
  random: Random,
  handle = new Secret(random.bytes(handleBytes).toString('base64url')),
): RefreshToken {
  return { handle, secret: new Secret(random.bytes(secretBytes).toString('base64url')) }
}

/** The text that a client keeps. */
export function writeRefreshToken({ handle, secret }: RefreshToken): Secret {
  const text = prefix + handle.reveal() + secret.reveal()
  return new Secret(text + checksumOf(text))
}

/** Reads what {@link writeRefreshToken} wrote; `undefined` for everything else. */
export function readRefreshToken(presented: Secret): RefreshToken | undefined {
  const text = presented.reveal()
  const body = text.slice(0, -checksumLength)
  if (!form.test(text) || checksumOf(body) !== text.slice(-checksumLength)) return undefined
  const secretAt = prefix.length + handleLength
  return {
    handle: new Secret(body.slice(prefix.length, secretAt)),
    secret: new Secret(body.slice(secretAt)),
  }
}

/** What is stored of a handle or a secret: neither can be guessed, so a plain SHA-256 hides it. */
export function hashOf(part: Secret): string {
  return createHash('sha256').update(part.reveal()).digest('base64url')
}

/**
 * Seals the successor of a token under that token (AES-256-GCM with a key from HKDF): whoever presents it again within the
 * grace gets the same successor, and nothing at rest opens without it.
 */
export function encryptSuccessor(
  of: RefreshToken,
  successor: RefreshToken,
  random: Random,
): string {
  const iv = random.bytes(12)
  const cipher = createCipheriv('aes-256-gcm', sealingKey(of), iv)
  const body = Buffer.concat([cipher.update(successor.secret.reveal(), 'utf8'), cipher.final()])
  return Buffer.concat([iv, body, cipher.getAuthTag()]).toString('base64url')
}

/** Opens what {@link encryptSuccessor} sealed under `of`. Throws for any other token: that is a bug or an edited database. */
export function decryptSuccessor(of: RefreshToken, sealed: string): RefreshToken {
  const bytes = Buffer.from(sealed, 'base64url')
  const cipher = createDecipheriv('aes-256-gcm', sealingKey(of), bytes.subarray(0, 12), {
    authTagLength: 16,
  })
  cipher.setAuthTag(bytes.subarray(-16))
  const text = Buffer.concat([cipher.update(bytes.subarray(12, -16)), cipher.final()])
  return { handle: of.handle, secret: new Secret(text.toString('utf8')) }
}

function sealingKey({ handle, secret }: RefreshToken): Buffer {
  const info = 'countersign refresh token successor'
  return Buffer.from(hkdfSync('sha256', secret.reveal(), handle.reveal(), info, 32))
}

function checksumOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, checksumLength)
}
