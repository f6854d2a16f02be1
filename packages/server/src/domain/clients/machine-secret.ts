import type { Random } from '../kernel/ports.ts'
import { hasChecksum, Secret, withChecksum } from '../kernel/secret.ts'

/** The beginning of a secret, for scanners that look for leaked ones: `css_` of a service account, `csk_` of an API token. */
export type SecretPrefix = 'css_' | 'csk_'

const secretBytes = 32

/** Makes a secret of a machine: its prefix, 32 random bytes, and a checksum, by which a mistyped one is refused without a query. */
export function newMachineSecret(prefix: SecretPrefix, random: Random): Secret {
  return withChecksum(prefix + random.bytes(secretBytes).toString('base64url'))
}

/** Returns whether a text has the form and the checksum of a secret. Proves nothing: everyone can compute a checksum. */
export function isMachineSecret(prefix: SecretPrefix, presented: Secret): boolean {
  const text = presented.reveal()
  return form.test(text) && text.startsWith(prefix) && hasChecksum(presented)
}

const form = /^cs[sk]_[\w-]{49}$/ // 43 characters for 32 bytes, and 6 of the checksum
