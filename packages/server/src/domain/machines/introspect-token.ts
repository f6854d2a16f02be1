import { isCountersignError, type VerifiedToken, type Verifier } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Client } from '../clients/client.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import type { LiveStatusLists } from '../revocation/live-status-lists.ts'
import { findApiToken, rightsOf, type ExchangeDeps } from './exchange-api-token.ts'

/** The dependencies of {@link introspectToken}. */
export interface IntrospectDeps extends ExchangeDeps {
  readonly issuer: ExchangeDeps['issuer'] & {
    /** Returns a verifier of this issuer's access tokens for other audiences. */
    verifierFor(audiences: readonly string[]): Verifier
  }
  readonly statusLists: Pick<LiveStatusLists, 'statusOf' | 'catchUp'>
}

/** The facts about an active token that a caller may know (RFC 7662, section 2.2). */
export type TokenFacts = Readonly<Record<string, unknown>>

/**
 * Returns what a token says, if it is active and for a resource of the client that asks; `undefined` otherwise, and then nothing about
 * it may be said (RFC 7662, section 2.2). Access tokens are judged by signature and status bit, API tokens by their row.
 */
export async function introspectToken(
  deps: IntrospectDeps,
  client: Client,
  token: Secret,
  from: ClientInfo,
): Promise<TokenFacts | undefined> {
  if (token.reveal().startsWith('csk_')) return introspectApiToken(deps, client, token, from)
  const verified = verifyFor(deps, client, token)
  if (!verified || !(await hasGoodStatus(deps, verified.claims))) return undefined
  const { iss, sub, aud, exp, iat, nbf, jti, scope } = verified.claims
  const { client_id, username, cnf } = verified.claims
  const token_type = cnf === undefined ? 'Bearer' : 'DPoP'
  const facts = { active: true, token_type, iss, sub, aud, exp, iat, nbf, jti, scope }
  return { ...facts, client_id, username, cnf } // RFC 9449, section 6.2
}

/** Verifies an access token of this issuer that is for a resource of a client; returns `undefined` if it is none. */
export function verifyFor(
  { issuer }: Pick<IntrospectDeps, 'issuer'>,
  { resources }: Pick<Client, 'resources'>,
  token: Secret,
): VerifiedToken | undefined {
  if (resources.length === 0) return undefined
  try {
    return issuer.verifierFor(resources).verify(token.reveal())
  } catch (error) {
    if (isCountersignError(error)) return undefined
    throw error
  }
}

/** Reads the status bit of a verified token, in lists that have all that is committed. A token without one is not known to be good. */
export async function hasGoodStatus(
  { statusLists }: Pick<IntrospectDeps, 'statusLists'>,
  claims: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const { status_list: entry } = (claims['status'] ?? {}) as {
    readonly status_list?: { readonly uri?: unknown; readonly idx?: unknown }
  }
  if (typeof entry?.uri !== 'string' || typeof entry.idx !== 'number') return false
  if (!(await statusLists.catchUp())) throw fail('database_unusable') // on a standby the session may still be alive
  return statusLists.statusOf(entry.uri, entry.idx) === 'good'
}

/** The failures of an API token that cannot be exchanged. */
const refusals: ReadonlySet<string> = new Set(['grant_invalid', 'target_invalid', 'scope_invalid'])

async function introspectApiToken(
  deps: IntrospectDeps,
  { resources }: Client,
  token: Secret,
  from: ClientInfo,
): Promise<TokenFacts | undefined> {
  try {
    const { session, user } = await findApiToken(deps, token, from)
    const { target, scopes } = await rightsOf(deps, session)
    if (!resources.includes(target.audience)) return undefined
    const facts = { active: true, iss: deps.issuer.url, sub: user.id, aud: target.audience }
    const { createdAt: iat, expiresAt: exp } = session
    return { ...facts, scope: scopes.join(' '), username: user.name, iat, exp }
  } catch (error) {
    if (isCountersignError(error) && refusals.has(error.code)) return undefined
    throw error
  }
}
