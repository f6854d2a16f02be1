import type { Client } from '../../domain/clients/client.ts'
import type { StoredSecret } from '../../domain/clients/clients.ts'
import { dateOf } from '../terminal.ts'

/** Returns the row of a client in the table of `client list`. */
export function clientRow(
  { name, id, scopes, jwks, trust }: Client,
  secrets: readonly StoredSecret[],
) {
  const shown = secrets.map(({ secret: { lastUsedAt, expiresAt } }) => {
    const used = lastUsedAt === null ? 'never used' : `last used ${dateOf(lastUsedAt)}`
    return `secret, ${used}${expiresAt === null ? '' : `, ends ${dateOf(expiresAt)}`}`
  })
  const others = [
    ...(jwks ? ['private_key_jwt'] : []),
    ...(trust ? [`token of ${trust.issuer}`] : []),
  ]
  return [name, id, scopes.join(', '), [...shown, ...others].join('; ')]
}

/** Returns a client as `--json` prints it. */
export function clientToJson({ id, name, grants, scopes, resources, trust, createdAt }: Client) {
  return { id, name, grants, scopes, resources, trust, created_at: createdAt }
}

/** Returns a secret of a client as `--json` prints it. */
export function secretToJson({ secret: { id, createdAt, expiresAt, lastUsedAt } }: StoredSecret) {
  return { id, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt }
}
