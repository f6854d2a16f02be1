import type { ClientTables } from '../clients/clients.ts'
import { findTarget, type TargetDeps, type TokenTarget } from '../clients/target.ts'
import type { Client } from '../clients/client.ts'
import {
  judgeAuthorizationRequest,
  readRecipient,
  type AuthorizationRequest,
  type RefusedRequest,
} from './authorization-request.ts'

/** What reading a request of an application needs. */
export interface FindRequestDeps extends TargetDeps {
  readonly store: TargetDeps['store'] & ClientTables
}

/** A request whose answer goes to the application: what it asks for, or why it is refused. */
export type FoundRequest =
  | { readonly request: AuthorizationRequest }
  | {
      readonly refused: RefusedRequest
      readonly recipient: Pick<AuthorizationRequest, 'client' | 'redirectUri' | 'state'>
    }

/** Reads the request of an application and judges it. Fails with `authorization_request_invalid` if its answer may go to no application. */
export async function findRequest(
  deps: FindRequestDeps,
  parameters: URLSearchParams,
): Promise<FoundRequest> {
  const recipient = await readRecipient(parameters, (id) => deps.store.clients.find(id))
  const judged = await judgeAuthorizationRequest(parameters, recipient, (audience) =>
    targetOf(deps, recipient.client, audience),
  )
  if (!('error' in judged)) return { request: judged }
  const states = parameters.getAll('state')
  const state = states.length === 1 && states[0] !== '' ? states[0] : undefined
  return { refused: judged, recipient: { ...recipient, state } }
}

/** Finds the resource that a request names (RFC 8707), or the only one of the application, if it is one of its own. */
export async function targetOf(
  deps: TargetDeps,
  { resources }: Client,
  audience: string | undefined,
): Promise<TokenTarget | undefined> {
  const named = audience ?? (resources.length === 1 ? resources[0] : undefined)
  if (named === undefined || !resources.includes(named)) return undefined
  return findTarget(deps, named)
}
