import type { Application } from '../domain/clients/application.ts'
import type { Client } from '../domain/clients/client.ts'
import type { StoredSecret } from '../domain/clients/clients.ts'
import { dateOf } from './terminal.ts'

/** The heads of the columns of {@link clientRow}. */
export const clientColumns = ['name', 'client_id', 'kind', 'scopes', 'authenticates by']

/** Returns the cells of a client: its redirect URIs and what they allow are in those of an application. */
export function clientRow(client: Client, secrets: readonly StoredSecret[]): string[] {
  const { name, id, scopes, application } = client
  const kind = application ? applicationText(application) : 'service account'
  return [name, id, kind, scopes.join(', '), methodsOf(client, secrets)]
}

function applicationText({
  redirectUris,
  isPublic,
  skipsConsent,
  requiresPkce,
  idTokenAlgorithm,
  dpop,
}: Application): string {
  const parts = [
    `${isPublic ? 'public' : 'confidential'} application`,
    ...(skipsConsent ? ['no consent'] : []),
    ...(requiresPkce ? [] : ['PKCE optional']),
    ...(dpop === 'optional' ? [] : [`DPoP ${dpop}`]),
    ...(idTokenAlgorithm === null ? [] : [idTokenAlgorithm]),
  ]
  return `${parts.join(', ')}: ${redirectUris.join(' ')}`
}

function methodsOf({ jwks, trust, application }: Client, secrets: readonly StoredSecret[]): string {
  const shown = secrets.map(({ secret: { lastUsedAt, expiresAt } }) => {
    const used = lastUsedAt === null ? 'never used' : `last used ${dateOf(lastUsedAt)}`
    return `secret, ${used}${expiresAt === null ? '' : `, ends ${dateOf(expiresAt)}`}`
  })
  const others = [
    ...(jwks ? ['private_key_jwt'] : []),
    ...(trust ? [`token of ${trust.issuer}`] : []),
    ...(application?.isPublic ? ['nothing (public)'] : []),
  ]
  return [...shown, ...others].join('; ')
}
