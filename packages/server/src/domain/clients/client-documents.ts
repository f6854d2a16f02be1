import type { Seconds } from '@countersign/token/internal'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { FetchDocument } from '../kernel/ports.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import { limitRate, type RateLimitDeps } from '../limits/limit-rate.ts'
import type { RequestLimits } from '../limits/limits.ts'
import type { Client } from './client.ts'
import { isDocumentUrl, parseClientDocument, type DocumentHosts } from './client-document.ts'

/** The policy on the clients whose metadata documents are accepted. */
export interface DocumentPolicy {
  readonly hosts: DocumentHosts
}

/** The clients of metadata documents. */
export interface ClientDocuments {
  /** Returns whether a client id is the URL of a document that is accepted. */
  accepts(id: string): boolean
  /** Returns the client of a document, or why there is none. Fails with `limit_exceeded` if the network of the caller had too many fetched. */
  find(id: string, from: ClientInfo): Promise<Client | string>
}

/** The dependencies of {@link createClientDocuments}. */
export interface ClientDocumentDeps extends RateLimitDeps {
  readonly fetchDocument: FetchDocument
  readonly policies: {
    readonly clientDocuments: DocumentPolicy
    readonly limits: Pick<RequestLimits, 'attempts'>
  }
}

const [minAge, maxAge]: readonly [Seconds, Seconds] = [300, 86_400] // of a cached document, for any Cache-Control of its server
const maxCached = 1_000 // documents
const maxFlights = 32 // documents that are fetched at one time: each holds a connection for up to 5 seconds

/**
 * Makes the clients of metadata documents. A document that was good is cached for the time that its server says, from 5 minutes to 24 hours; a failure
 * is never cached (section 4.3 of the draft). Requests for one document share one fetch.
 */
export function createClientDocuments(deps: ClientDocumentDeps): ClientDocuments {
  const { clock, fetchDocument, policies } = deps
  const cached = new Map<string, { readonly client: Client; readonly until: Seconds }>()
  const flights = new Map<string, Promise<Client | string>>()
  const accepts = (id: string) => isDocumentUrl(id, policies.clientDocuments.hosts)

  function fresh(url: string): Client | undefined {
    const known = cached.get(url)
    return known && clock.now() < known.until ? known.client : undefined
  }

  async function load(url: string): Promise<Client | string> {
    const fetched = await fetchDocument(url)
    if ('problem' in fetched) return fetched.problem
    const now = clock.now()
    const client = parseClientDocument(url, fetched.text, now)
    if (typeof client === 'string') return client
    const age = Math.min(Math.max(fetched.maxAge ?? 0, minAge), maxAge)
    cached.delete(url) // so that it is the newest
    cached.set(url, { client, until: now + age })
    for (const oldest of cached.keys()) {
      if (cached.size <= maxCached) break
      cached.delete(oldest)
    }
    return client
  }

  return {
    accepts,
    async find(id, from) {
      if (!accepts(id)) return 'document_not_accepted'
      const known = fresh(id)
      if (known) return known
      const { attempts } = policies.limits
      const network = from.address === undefined ? '' : clientNetworkOf(from.address)
      if (attempts) await limitRate(deps, attempts, 'client-documents-from-network', network)
      const running = fresh(id) ?? flights.get(id) // another request may have fetched it meanwhile
      if (running) return running
      if (flights.size >= maxFlights) return 'too_many_fetches'
      const flight = load(id).finally(() => flights.delete(id))
      flights.set(id, flight)
      return flight
    },
  }
}
