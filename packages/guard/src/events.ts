import type { RefusalCode } from './failures.ts'
import type { IssuerHealth } from './issuers/issuer-context.ts'
import type { StatusListEvent, StatusListHealth } from './revocation/status-lists.ts'

/**
 * The event of a refusal. Says more than a caller may know, and never holds a token. `expected`, `found` and `likelyCause` are made when one
 * of them is first read, which verifies the token once more: read them in the listener.
 */
export interface RefusedEvent {
  readonly kind: 'refused'
  readonly id: string
  readonly code: RefusalCode
  readonly status: number
  /** The code of the failure beneath it, such as `audience_wrong`. */
  readonly cause: string | undefined
  /** The scopes, roles or factors that the route requires and the token lacks; empty for any other refusal. */
  readonly missing: readonly string[]
  /** The value that the failed check expected, and the one that it found; printable, and at most some 80 characters. */
  readonly expected: string | undefined
  readonly found: string | undefined
  /** The usual mistake behind it, if one fits. */
  readonly likelyCause: string | undefined
}

/** An event of a guard, for metrics and logs: one for each request, each request for keys or for the exchange
 * of an API token, and each change of a status list. */
export type GuardEvent =
  | { readonly kind: 'allowed'; readonly subject: string | undefined }
  | RefusedEvent
  /** A legacy token was used, which the guard honours until a day: the last of these events says that no client has any more. */
  | { readonly kind: 'legacy'; readonly subject: string; readonly until: string }
  /** The keys of an issuer were requested: `health.problem` says why that failed, and `health.age` how old the keys in use are. */
  | { readonly kind: 'keys'; readonly health: IssuerHealth }
  /** An API token was exchanged at its issuer, which happens once for each token and lifetime: `problem` says why that failed. */
  | {
      readonly kind: 'exchange'
      readonly outcome: 'exchanged' | 'refused' | 'limited' | 'failed'
      readonly problem: string | undefined
    }
  /** A status list was loaded, its feed disconnected, and so on; `stale` is the one to alert on. */
  | {
      readonly kind: 'revocation'
      readonly event: StatusListEvent
      readonly list: StatusListHealth
    }

/**
 * A listener for every event of a guard. What it throws is ignored: metrics must not decide who is admitted.
 *
 * @example
 * import { createGuard, type EventListener } from '@countersign/guard'
 *
 * const onEvent: EventListener = (event) => {
 *   if (event.kind === 'refused') console.warn(event.id, event.code, event.likelyCause)
 * }
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', onEvent })
 */
export type EventListener = (event: GuardEvent) => void

/** Calls the listener, if there is one. */
export function emit(listener: EventListener | undefined, event: GuardEvent): void {
  try {
    listener?.(event)
  } catch {
    // see EventListener
  }
}
