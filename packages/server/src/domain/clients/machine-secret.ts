import {
  checksum,
  createApiTokenSigner,
  createApiTokenVerifier,
  parseApiToken,
} from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { Secret } from '../kernel/secret.ts'

// Secrets of machines begin with `css_` (of a client) or `csk_` (an API token), for scanners that look for leaked ones. They end with a
// checksum (CRC-32 in base62, as in the tokens of GitHub), by which guards and this server refuse a mistyped one without a query.

const secretBytes = 32
const form = /^css_([\w-]{43})([0-9A-Za-z]{6})$/ // the random bytes, and their checksum

/** Makes a secret of a client: 32 random bytes. */
export function newClientSecret(random: Random): Secret {
  const text = newText(random)
  return new Secret(`css_${text}${checksum(text)}`)
}

/**
 * Judges the form and the checksum of a client secret, for the log: `secret_has_blank` is the right form with a blank or a line break before or
 * after it, often from a file. `well_formed` proves nothing: anyone can compute a checksum.
 */
export function judgeClientSecretText(
  presented: Secret,
): 'well_formed' | 'secret_has_blank' | 'secret_malformed' {
  const text = presented.reveal()
  if (isClientSecret(text)) return 'well_formed'
  return isClientSecret(text.trim()) ? 'secret_has_blank' : 'secret_malformed'
}

function isClientSecret(presented: string): boolean {
  const [, text = '', given] = form.exec(presented) ?? []
  return checksum(text) === given
}

/** Makes an API token: 32 random bytes, and the signature of this server, by which guards tell it from a made-up one. */
export function newApiTokenSecret(random: Random, root: RootSecret): Secret {
  return new Secret(signerOf(root).write(newText(random)))
}

/** Returns the public key with which guards verify the signatures in API tokens: 32 bytes in base64url. */
export function apiTokenKey(root: RootSecret): string {
  return signerOf(root).publicKey
}

/** Judges the text of an API token: `malformed`, `made_up` with a right checksum, or `genuine`, one that this server has made. */
export function judgeApiTokenText(
  presented: Secret,
  root: RootSecret,
): 'malformed' | 'made_up' | 'genuine' {
  const parts = parseApiToken(presented.reveal())
  if (!parts) return 'malformed'
  return createApiTokenVerifier(apiTokenKey(root))(parts) ? 'genuine' : 'made_up'
}

/** The key is derived and not taken from the key ring: an API token lives longer than signing keys. */
function signerOf(root: RootSecret) {
  return createApiTokenSigner(Buffer.from(root.key('API tokens').reveal(), 'base64url'))
}

function newText(random: Random): string {
  return random.bytes(secretBytes).toString('base64url')
}
