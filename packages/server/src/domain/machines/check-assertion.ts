import {
  createVerifier,
  importPublicKey,
  inspect,
  isCountersignError,
  localKeySet,
  type Clock,
  type VerifiedToken,
} from '@countersign/token'
import { algorithms, publicAlgorithms, type PublicAlgorithm } from '@countersign/token/internal'
import { createHash } from 'node:crypto'
import { fail } from '../../failures.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import type { ClientDocuments } from '../clients/client-documents.ts'
import type { Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Secret } from '../kernel/secret.ts'
import type { TrustedIssuers } from './trusted-issuers.ts'

/** The dependencies of {@link checkAssertion}. */
export interface AssertionDeps {
  readonly store: ClientTables
  readonly clock: Clock
  readonly issuer: { readonly url: string }
  readonly trustedIssuers: TrustedIssuers
  readonly clientDocuments: Pick<ClientDocuments, 'find'>
}

const maxAssertionLifetime = 3_600 // seconds; libraries make them for up to an hour
const clockLeeway = 60 // seconds for which a used assertion is remembered beyond its expiry; more than a verifier tolerates

/**
 * Checks a client assertion (RFC 7523, section 3): one that a client signed with its own key, with this issuer as the only audience, or
 * the token that a trusted issuer gave to a workload. `id` is the `client_id` of the request, if it has one (RFC 7521, section 4.2). Returns the
 * client, or why it is refused. An assertion is used once, on all servers together. Fails with `trusted_issuer_unreachable`.
 */
export async function checkAssertion(
  deps: AssertionDeps,
  { id, assertion }: { readonly id?: string | undefined; readonly assertion: Secret },
  from: ClientInfo,
): Promise<Client | string> {
  const named = subjectOf(assertion)
  if (!named) return 'malformed'
  const { issuer, subject } = named
  const { clients } = deps.store
  const own = issuer === subject
  const client = await (own ? findOwn(deps, subject, from) : clients.findByTrust(issuer, subject))
  if (!client) return 'client_unknown'
  if ((id ?? client.id) !== client.id) return 'client_differs' // before it is used: a request for another client must not spend it
  const verified = await verify(deps, client, own, assertion)
  if (typeof verified === 'string') return verified
  if (!own && client.trust?.reusable) return client
  const { jti, exp } = verified.claims
  const expiresAt = Math.ceil(exp) + clockLeeway // RFC 7519 allows fractions of a second, and the column does not
  const key = createHash('sha256')
    .update(JSON.stringify([issuer, jti]))
    .digest('base64url')
  return (await clients.useAssertion(key, expiresAt)) ? client : 'replayed'
}

/**
 * Finds the client that signs its own assertions. That of a metadata document must have been agreed to by a user, and has the keys that its document
 * has now: a key that it has removed proves nothing. Fails with `trusted_issuer_unreachable`.
 */
async function findOwn(
  { store, clientDocuments }: AssertionDeps,
  id: string,
  from: ClientInfo,
): Promise<Client | undefined> {
  const stored = await store.clients.find(id)
  if (!stored || !isDocumentClient(stored)) return stored
  const current = await clientDocuments.find(id, from)
  if (typeof current !== 'string') return current
  throw fail('trusted_issuer_unreachable', { facts: { client: id, problem: current } })
}

/** Returns what an assertion says of itself, to find the keys that prove it. */
export function subjectOf(
  assertion: Secret,
): { readonly issuer: string; readonly subject: string } | undefined {
  try {
    const { iss, sub } = inspect(assertion.reveal()).claims
    return isText(iss) && isText(sub) ? { issuer: iss, subject: sub } : undefined
  } catch (error) {
    if (isCountersignError(error)) return undefined
    throw error
  }
}

/** Only printable ASCII is looked for in the database: no client has another id, issuer or subject. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7E]+$/.test(value)
}

async function verify(
  deps: AssertionDeps,
  client: Client,
  own: boolean,
  assertion: Secret,
): Promise<VerifiedToken | string> {
  try {
    if (own) {
      if (!client.jwks) return 'no_keys'
      const verified = verifierOf(deps, client).verify(assertion.reveal())
      return typeof verified.claims.aud === 'string' ? judgeUse(verified) : 'several_audiences'
    }
    if (!client.trust) return 'client_unknown'
    return judgeUse(await deps.trustedIssuers.verify(client.trust, assertion.reveal()))
  } catch (error) {
    if (!isCountersignError(error)) throw error
    const isDown = error.code === 'key_set_unavailable' || error.code === 'issuer_mismatch'
    if (isDown) throw fail('trusted_issuer_unreachable', { cause: error, facts: error.facts }) // which URL, and why
    return error.code
  }
}

/**
 * Judges whether a verified assertion is one that only its holder can have sent. Pure. With a second audience, that audience has received it too,
 * and could use it here. With `cnf` (RFC 7800) it proves something only together with a key, which is not asked for.
 */
function judgeUse(verified: VerifiedToken): VerifiedToken | string {
  const { aud, cnf } = verified.claims
  if (typeof aud !== 'string' && aud.length > 1) return 'several_audiences'
  return cnf === undefined ? verified : 'bound_to_key'
}

/** The verifier of assertions that a client signs: issuer and subject are its own id (RFC 7523, section 3). */
function verifierOf({ issuer, clock }: AssertionDeps, { id, jwks }: Client) {
  const keys = (jwks?.keys ?? []).flatMap((jwk) => {
    const algorithm = algorithmOf(jwk.alg)
    return algorithm ? [importPublicKey(jwk, algorithm)] : []
  })
  return createVerifier({
    issuer: id,
    audience: issuer.url,
    algorithms: publicAlgorithms,
    keys: localKeySet(keys),
    type: 'JWT or none',
    maxLifetime: maxAssertionLifetime,
    cacheSize: 0, // each assertion is used once
    clock,
  })
}

function algorithmOf(alg: string | undefined): PublicAlgorithm | undefined {
  return publicAlgorithms.find((one) => one === alg && one in algorithms)
}
