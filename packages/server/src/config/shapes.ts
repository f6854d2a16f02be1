import { z } from 'zod'
import { Secret } from '../domain/secret.ts'

// What the texts of settings become.

/** Secrets with commas or blanks between; none when nobody sets it. */
export const secretList = z
  .string()
  .optional()
  .transform((text) => (text?.match(/[^\s,]+/g) ?? []).map((one) => new Secret(one)))

const names = [
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const),
]

/** What a server may sign with: a shared secret cannot be published. A test holds it against the table in token. */
export const signingAlgorithm = z.enum(names, `must be one of ${names.join(', ')}`)

/** An address or a network. */
export const address = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'must be addresses or networks, such as 10.0.0.0/8',
)
