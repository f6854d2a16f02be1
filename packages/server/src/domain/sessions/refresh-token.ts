import { createHmac, hkdfSync } from 'node:crypto'
import { decryptBytes, encryptBytes, withVersion } from '../kernel/encryption.ts'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hasChecksum, hashOf, Secret, withChecksum } from '../kernel/secret.ts'

/**
 * A refresh token: `csrt_`, a handle, a secret, and a checksum. The handle stays the same for the whole session and
 * finds it; the secret changes at each use. Only hashes of the two are stored.
 *
 * So a request with the right handle and a secret that is not the current one presents a used token, because the handle is secret too.
 * The checksum tells a damaged token from a used one; it protects nothing.
 */
export interface RefreshToken {
  readonly handle: Secret
  readonly secret: Secret
}

const prefix = 'csrt_' // for scanners that look for leaked secrets
const handleBytes = 16
const secretBytes = 32
const handleLength = 22 // characters of base64url
const secretLength = 43
const form = /^csrt_[\w-]{71}$/

/** Makes the first token of a session. */
export function newRefreshToken(random: Random): RefreshToken {
  const text = (bytes: number) => new Secret(random.bytes(bytes).toString('base64url'))
  return { handle: text(handleBytes), secret: text(secretBytes) }
}

/**
 * Makes the successor of a token. Half of its secret is random, and half is a MAC, under a key of the root secret, of the random half and of the
 * token before: a server whose database has lost the rotation still recognizes it.
 */
export function newSuccessor(
  { random, root }: { readonly random: Random; readonly root: RootSecret },
  { handle, secret }: RefreshToken,
): RefreshToken {
  const randomHalf = random.bytes(secretBytes / 2)
  return { handle, secret: successorSecret(root, handle, hashOf(secret), randomHalf) }
}

/** Returns whether {@link newSuccessor} made a token as the successor of the one with the hash `of`. */
export function isSuccessor(
  root: RootSecret,
  { handle, secret }: RefreshToken,
  of: string,
): boolean {
  const randomHalf = Buffer.from(secret.reveal(), 'base64url').subarray(0, secretBytes / 2)
  return hashOf(secret) === hashOf(successorSecret(root, handle, of, randomHalf)) // hashes, so its time reveals nothing
}

function successorSecret(root: RootSecret, handle: Secret, of: string, randomHalf: Buffer): Secret {
  const mac = createHmac('sha256', Buffer.from(root.key('refresh tokens').reveal(), 'base64url'))
  const tag = mac.update(`${handle.reveal()} ${of} `).update(randomHalf).digest()
  const bytes = Buffer.concat([randomHalf, tag.subarray(0, secretBytes / 2)])
  return new Secret(bytes.toString('base64url'))
}

/** Writes a token as the text that a client stores. */
export function writeRefreshToken({ handle, secret }: RefreshToken): Secret {
  return withChecksum(prefix + handle.reveal() + secret.reveal())
}

/** Returns whether a text has the prefix of refresh tokens. */
export function isRefreshToken(text: Secret): boolean {
  return text.reveal().startsWith(prefix)
}

/** Parses what {@link writeRefreshToken} returned; returns `undefined` for everything else. */
export function readRefreshToken(presented: Secret): RefreshToken | undefined {
  const text = presented.reveal()
  if (!form.test(text) || !hasChecksum(presented)) return undefined
  const secretAt = prefix.length + handleLength
  return {
    handle: new Secret(text.slice(prefix.length, secretAt)),
    secret: new Secret(text.slice(secretAt, secretAt + secretLength)),
  }
}

/**
 * Encrypts the successor of a token under a key that is derived from that token (HKDF): a client that presents the token again within the
 * grace gets the same successor, and a copy of the database decrypts nothing.
 */
export function encryptSuccessor(
  of: RefreshToken,
  successor: RefreshToken,
  random: Random,
): string {
  const context = '' // the key is for this one token alone
  return encryptBytes(successor.secret, successorKey(of), context, random).toString('base64url')
}

/**
 * Decrypts what {@link encryptSuccessor} encrypted under `of`. Also reads the format before, which has no version byte: a client may retry
 * right after an upgrade. Throws for any other token: that is a bug or an edited database.
 */
export function decryptSuccessor(of: RefreshToken, ciphertext: string): RefreshToken {
  const stored = Buffer.from(ciphertext, 'base64url')
  const framed = stored.length === bytesBeforeFraming ? withVersion(stored) : stored // by length, for an IV may begin with any byte
  return { handle: of.handle, secret: decryptBytes(framed, successorKey(of), '') }
}

const bytesBeforeFraming = 12 + 43 + 16 // IV, a secret of 43 characters, and tag

function successorKey({ handle, secret }: RefreshToken): Buffer {
  const info = 'countersign refresh token successor'
  return Buffer.from(hkdfSync('sha256', secret.reveal(), handle.reveal(), info, 32))
}
