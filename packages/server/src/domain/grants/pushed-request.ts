import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Client } from '../clients/client.ts'
import { useProof, type Proof } from '../clients/proof.ts'
import type { Random } from '../kernel/ports.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import { findRequest, type FindRequestDeps, type FoundRequest } from './find-request.ts'

// Pushed authorization requests (RFC 9126): an application sends its request to this server, and the browser carries only a reference to it.

/** A request that was pushed, without its reference. */
export interface PushedRequest {
  readonly clientId: string
  /** The parameters, as a query. */
  readonly parameters: string
  readonly createdAt: Seconds
  readonly expiresAt: Seconds
}

/** The table of pushed requests. The key is the SHA-256 of a reference. */
export interface PushedRequests {
  find(hash: string): Promise<PushedRequest | undefined>
  add(hash: string, request: PushedRequest): Promise<void>
  setExpiry(hash: string, expiresAt: Seconds): Promise<void>
  /** Deletes a request that has not expired at `now`; returns false if there is none. */
  use(hash: string, now: Seconds): Promise<boolean>
  /** Deletes those that expired before `before`; returns how many. */
  prune(before: Seconds): Promise<number>
}

/** The table of pushed requests, as part of a store or a transaction. */
export interface PushedRequestTables {
  readonly pushedRequests: PushedRequests
}

/** The dependencies of {@link pushRequest} and {@link openPushedRequest}. */
export interface PushDeps extends FindRequestDeps {
  readonly store: FindRequestDeps['store'] & PushedRequestTables
  readonly clock: Clock
  readonly random: Random
}

/** The time in which the application must open the browser, in seconds. */
export const pushedRequestLifetime: Seconds = 90

/** The maximum time between the push of a request and the answer to it, in seconds: the user has to sign in meanwhile. */
const maxAnswerTime: Seconds = 600

const prefix = 'urn:ietf:params:oauth:request_uri:'

/** The longest request, in characters: encoded once more, one without a reference fits into the URL of the sign-in page. */
export const maxRequestLength = 3_000

/** The codes of this server for errors of the authorization endpoint. */
const codes: Readonly<Record<string, Parameters<typeof fail>[0]>> = {
  unauthorized_client: 'grant_not_allowed',
  invalid_scope: 'scope_invalid',
  invalid_target: 'target_invalid',
  unsupported_response_type: 'response_type_unsupported',
}

/**
 * Stores the request of a client that has authenticated, if the authorization endpoint would accept it (RFC 9126, section 2.1), and returns its
 * reference: 32 random bytes, of which a hash is stored. The code is bound to the key of a proof. Fails with `authorization_request_invalid`,
 * `parameter_invalid`, `grant_not_allowed`, `scope_invalid`, `target_invalid`, `response_type_unsupported` and `dpop_proof_invalid`.
 */
export async function pushRequest(
  deps: PushDeps,
  { id: clientId }: Pick<Client, 'id'>,
  given: URLSearchParams,
  { from, proof }: { readonly from: ClientInfo; readonly proof: Proof | undefined },
): Promise<string> {
  const parameters = bindTo(proof, given)
  if (String(parameters).length > maxRequestLength)
    throw fail('authorization_request_invalid', { detail: 'it is too long' })
  const found = await findRequest(deps, parameters, from)
  if ('refused' in found) {
    const { error, description } = found.refused
    throw fail(codes[error] ?? 'parameter_invalid', { detail: description })
  }
  await useProof(deps.store.clients, proof)
  const reference = deps.random.bytes(32).toString('base64url')
  const createdAt = deps.clock.now()
  const expiresAt = createdAt + pushedRequestLifetime
  const stored = { clientId, parameters: String(parameters), createdAt, expiresAt }
  await deps.store.pushedRequests.add(hashOf(new Secret(reference)), stored)
  return prefix + reference
}

/** Binds the code of a request to the key of a proof, as the parameter `dpop_jkt` does, which may only repeat it (RFC 9449, section 10.1). Pure. */
function bindTo(proof: Proof | undefined, given: URLSearchParams): URLSearchParams {
  if (!proof) return given
  if ((given.get('dpop_jkt') || proof.jkt) !== proof.jkt)
    throw fail('dpop_proof_invalid', { detail: 'its key must be that of dpop_jkt' })
  const parameters = new URLSearchParams(given)
  parameters.set('dpop_jkt', proof.jkt)
  return parameters
}

/** Returns whether a query refers to a pushed request: a `request_uri` of another kind is not supported. Pure. */
export function isReference(query: URLSearchParams): boolean {
  return query.get('request_uri')?.startsWith(prefix) ?? false
}

/**
 * Reads the pushed request that a browser brings, and judges it as any other; parameters beside the reference mean nothing (RFC 9101, section 6.3).
 * Opening it uses nothing up, because the user may have to sign in, or reload (RFC 9126, section 7.3): making a code does. Once opened in time it
 * stays until ten minutes after it was pushed. Fails with `authorization_request_invalid`.
 */
export async function openPushedRequest(
  deps: PushDeps,
  query: URLSearchParams,
  from: ClientInfo,
): Promise<FoundRequest> {
  const [uri = '', ...others] = query.getAll('request_uri')
  const hash = hashOf(new Secret(uri.slice(prefix.length)))
  const stored = await deps.store.pushedRequests.find(hash)
  const clients = query.getAll('client_id')
  const isOwn = clients.length === 1 && clients[0] === stored?.clientId
  if (!stored || !isOwn || others.length > 0 || deps.clock.now() >= stored.expiresAt)
    throw fail('authorization_request_invalid', {
      detail: 'its request_uri is unknown, expired or used; start again at the application',
    })
  const until = stored.createdAt + maxAnswerTime
  if (stored.expiresAt < until) await deps.store.pushedRequests.setExpiry(hash, until)
  const found = await findRequest(deps, new URLSearchParams(stored.parameters), from)
  if ('refused' in found) return found
  return { request: { ...found.request, pushed: { hash, at: stored.createdAt } } }
}
