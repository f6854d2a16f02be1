import type { RouteRequirements } from './authorize.ts'
import type { GuardExplanation } from './explain.ts'
import type { RequestView } from './extract-token.ts'
import type { GuardHealth } from './issuers/issuers.ts'
import type { Principal } from './principal.ts'
import type { PublishedMetadata } from './resource-metadata.ts'
import type { Answer } from './respond.ts'
import type { RevocationListener } from './revocation/subscribers.ts'

/** A guard: middleware that admits only authorized requests. Hand it to an adapter, or call `check`. */
export interface Guard<P extends Principal<unknown> | undefined = Principal> extends Disposable {
  /**
   * Checks a request. Answers at once, and with a promise only when keys or a status list must be loaded first. Never throws for anything
   * that a caller sent. Fails with `requirements_invalid` for misspelt requirements.
   */
  check(request: RequestView, requirements?: RouteRequirements): Answer<P> | Promise<Answer<P>>
  /** Checks a token that arrived another way, such as in the first message of a WebSocket. */
  checkToken(token: string, requirements?: RouteRequirements): Answer<P> | Promise<Answer<P>>
  /** Returns the caller of a request that this guard admitted. Fails with `principal_missing` if it did not. */
  principalOf(request: object): P
  /** The same guard for routes that are open to everyone: without a token the principal is `undefined`; a bad token is still refused. */
  readonly optional: Guard<P | undefined>
  /** Explains why a request is allowed or refused, now. For operators, never for callers. */
  explain(request: RequestView, requirements?: RouteRequirements): Promise<GuardExplanation>
  /** Returns why a request was refused, by the id of its refusal; see `maxExplanations`. */
  findExplanation(id: string): GuardExplanation | undefined
  /** Loads the keys of every issuer, so that the first request need not wait. Fails with `key_set_unavailable`. */
  ready(): Promise<void>
  /** Returns the state of keys and status lists, for health checks. */
  health(): GuardHealth
  /**
   * Calls `listener` once when the token of a principal is revoked, or its status can no longer be known; at once if that is so already.
   * Returns an unsubscribe function. `guardConnection` does this for connections.
   */
  onRevoked(principal: Principal<unknown>, listener: RevocationListener): () => void
  /** Stops synchronizing status lists, so that a process can end; tokens that name one are refused from then on. */
  close(): void
  /** The metadata document of the resource (RFC 9728), to be served at its path; only with `resource`. */
  readonly metadata: PublishedMetadata | undefined
}
