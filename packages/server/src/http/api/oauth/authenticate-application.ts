import { isDocumentClient } from '../../../domain/clients/client-document.ts'
import type { Client } from '../../../domain/clients/client.ts'
import type { ClientInfo } from '../../../domain/kernel/client-info.ts'
import { authenticateClient } from '../../../domain/machines/authenticate-client.ts'
import { fail } from '../../../failures.ts'
import type { Services } from '../../pipeline/services.ts'
import { clientCredentialsOf, type ClientParameters } from './client-credentials.ts'

/** A request of an application to an OAuth endpoint. */
export interface ApplicationRequest {
  readonly request: Request
  readonly body: ClientParameters
  readonly from: ClientInfo
}

/**
 * Authenticates an application: a public one has no secret, and only says which it is (RFC 6749, section 3.2.1); what it presents is bound to it. Fails
 * as `authenticateClient` does.
 */
export async function authenticateApplication(
  runtime: Services,
  { request, body, from }: ApplicationRequest,
): Promise<Client> {
  const credentials = clientCredentialsOf(request, body)
  if (credentials.kind !== 'none')
    return (await authenticateClient(runtime, credentials, from)).client
  const { id } = credentials
  const found = id === undefined ? undefined : await runtime.store.clients.find(id)
  const isAccepted = !found || !isDocumentClient(found) || runtime.clientDocuments.accepts(found.id)
  if (found?.application?.isPublic && isAccepted) return found
  throw fail('client_unauthenticated', { facts: { problem: 'missing' } })
}
