import { checksum } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'
import { Secret } from '../kernel/secret.ts'

/** The beginning of a secret, for scanners that look for leaked ones: `css_` of a service account, `csk_` of an API token. */
export type SecretPrefix = 'css_' | 'csk_'

const secretBytes = 32
const form = /^cs[sk]_([\w-]{43})([0-9A-Za-z]{6})$/ // the random bytes, and their checksum

/**
 * Makes a secret of a machine: its prefix, 32 random bytes, and a checksum (CRC-32 in base62, as in the tokens of GitHub), by which guards and
 * this server refuse a mistyped one without a query.
 */
export function newMachineSecret(prefix: SecretPrefix, random: Random): Secret {
  const text = random.bytes(secretBytes).toString('base64url')
  return new Secret(`${prefix}${text}${checksum(text)}`)
}

/** Returns whether a text has the form and the checksum of a secret. Proves nothing: everyone can compute a checksum. */
export function isMachineSecret(prefix: SecretPrefix, presented: Secret): boolean {
  const [text = '', own = '', given] = form.exec(presented.reveal()) ?? []
  return text.startsWith(prefix) && checksum(own) === given
}
