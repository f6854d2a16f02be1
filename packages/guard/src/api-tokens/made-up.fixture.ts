import { randomBytes } from 'node:crypto'
import { checksum } from '@countersign/token/internal'

/** Makes up an API token: well-formed and with the right checksum, but no issuer has signed it. */
export function madeUp(): string {
  const body = randomBytes(32).toString('base64url') + randomBytes(64).toString('base64url')
  return `csk_${body}${checksum(body)}`
}
