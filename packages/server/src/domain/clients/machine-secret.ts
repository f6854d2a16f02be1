import type { Random } from '../kernel/ports.ts'
import { withChecksum, type Secret } from '../kernel/secret.ts'

/** The beginning of a secret, for scanners that look for leaked ones: `css_` of a service account, `csk_` of an API token. */
export type SecretPrefix = 'css_' | 'csk_'

const secretBytes = 32

/** Makes a secret of a machine: its prefix, 32 random bytes, and a checksum, by which a mistyped one is refused without a query. */
export function newMachineSecret(prefix: SecretPrefix, random: Random): Secret {
  return withChecksum(prefix + random.bytes(secretBytes).toString('base64url'))
}
