import type { ClientDocuments } from '../clients/client-documents.ts'
import { isDocumentClient } from '../clients/client-document.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { findTarget, type TargetDeps, type TokenTarget } from '../clients/target.ts'
import type { Client } from '../clients/client.ts'
import {
  judgeAuthorizationRequest,
  readRecipient,
  type AuthorizationRequest,
  type RefusedRequest,
} from './authorization-request.ts'

/** The dependencies of {@link findRequest}. */
export interface FindRequestDeps extends TargetDeps {
  readonly store: TargetDeps['store'] & ClientTables
  readonly clientDocuments: Pick<ClientDocuments, 'find'>
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
  from: ClientInfo,
): Promise<FoundRequest> {
  const recipient = await readRecipient(parameters, (id) => findClient(deps, id, from))
  const judged = await judgeAuthorizationRequest(parameters, recipient, (audience) =>
    targetOf(deps, recipient.client, audience),
  )
  if (!('error' in judged)) return { request: judged }
  const states = parameters.getAll('state')
  const state = states.length === 1 && states[0] !== '' ? states[0] : undefined
  return { refused: judged, recipient: { ...recipient, state } }
}

/** Finds an application by its id, or fetches its metadata document. */
async function findClient(
  { store, clientDocuments }: FindRequestDeps,
  id: string,
  from: ClientInfo,
): Promise<Client | string | undefined> {
  return isDocumentClient({ id }) ? clientDocuments.find(id, from) : store.clients.find(id)
}

/**
 * Finds the resource that a request names (RFC 8707), or the only one of the application, if it is one of its own. An application with a metadata
 * document must name one, which must be open.
 */
export async function targetOf(
  deps: TargetDeps,
  client: Pick<Client, 'id' | 'resources'>,
  audience: string | undefined,
): Promise<TokenTarget | undefined> {
  const { resources } = client
  if (isDocumentClient(client)) {
    const target = audience === undefined ? undefined : await findTarget(deps, audience)
    return target?.isOpen ? target : undefined
  }
  const named = audience ?? (resources.length === 1 ? resources[0] : undefined)
  if (named === undefined || !resources.includes(named)) return undefined
  return findTarget(deps, named)
}
