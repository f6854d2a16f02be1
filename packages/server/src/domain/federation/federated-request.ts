import { createHmac } from 'node:crypto'
import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hashOf, Secret } from '../kernel/secret.ts'
import type { UpstreamRequest } from './identity-provider.ts'

/** A user whom this server has sent to a provider, and who has not come back. Nothing in it is secret. */
export interface FederatedRequest {
  /** The hash of `state`, which the provider sends back. */
  readonly stateHash: string
  /** The hash of the secret in the browser's cookie: another browser that brings the same `state` is refused. */
  readonly browserHash: string
  readonly provider: string
  /** The session whose user links an identity; null for a sign-in. */
  readonly sessionId: string | null
  /** The user of that session. */
  readonly userId: string | null
  /** The path to open afterwards. */
  readonly returnTo: string | null
  /** The hash of the invitation of a new user; null for none. */
  readonly invitationHash: string | null
  readonly expiresAt: Seconds
}

/** The table of users who are at a provider. */
export interface FederatedRequests {
  add(request: FederatedRequest): Promise<void>
  /** Deletes and returns the request of a provider and a browser, so that it is answered once; `undefined` for none, and for one that has expired. */
  take(
    key: Pick<FederatedRequest, 'stateHash' | 'browserHash' | 'provider'>,
    now: Seconds,
  ): Promise<FederatedRequest | undefined>
  /** Deletes those that expired before `before`. */
  prune(before: Seconds): Promise<void>
}

/** The table of users who are at a provider, as part of a store or a transaction. */
export interface FederatedRequestTables {
  readonly federatedRequests: FederatedRequests
}

/** The maximum time that a user takes at the provider, in seconds: time to find the telephone. As long as the cookie of the browser. */
export const federatedRequestSeconds = 600

/** Makes the secret `state` of a request. */
export function newState(random: Random): Secret {
  return new Secret(random.bytes(32).toString('base64url'))
}

/** Returns the path to which a provider sends the browser back. Each provider has its own (RFC 9700, section 4.4.2.2). */
export function callbackPath(provider: string): string {
  return `/login/with/${provider}/callback`
}

/**
 * Returns what is sent to the provider for a request. Nonce and PKCE verifier are derived from the state and the secret of the browser, with a key of the
 * root secret: they need not be stored, and who knows the state alone, which URLs show, knows neither.
 */
export function upstreamRequestOf(
  { root, issuer }: { readonly root: RootSecret; readonly issuer: { readonly url: string } },
  provider: string,
  { state, browser }: { readonly state: Secret; readonly browser: Secret },
): UpstreamRequest {
  const derive = (what: string) => {
    const mac = createHmac('sha256', root.key('federated sign-ins').reveal())
    const input = [what, provider, hashOf(state), hashOf(browser)].join(' ')
    return new Secret(mac.update(input).digest('base64url')) // 43 characters, as RFC 7636, section 4.1 recommends
  }
  return {
    redirectUri: issuer.url + callbackPath(provider),
    state,
    nonce: derive('nonce'),
    verifier: derive('verifier'),
  }
}
