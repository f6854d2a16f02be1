import type { Clock } from '@countersign/token'
import type { Timer } from '@countersign/token/internal'
import type { ClaimsSchema } from './claims-schema.ts'
import type { CookieOptions } from './credentials.ts'
import type { EventListener } from './events.ts'
import type { Refused, ShapedRefusal } from './refusal.ts'
import type { ResourceOptions } from './resource.ts'
import type { Revocation } from './revocation.ts'

/** What a guard does beside believing an issuer. Nothing here makes it believe more. */
export interface GuardSettings<C> {
  /** Which claims the application counts on, as a schema of any Standard Schema library; they arrive in its form and with its type. */
  readonly claims?: ClaimsSchema<C>
  /** Takes the token from this cookie too. Unsafe methods must then come from the application's own pages. */
  readonly cookie?: CookieOptions
  /** Status for a request without a token: 401 (the default, RFC 6750), or 403 for applications that promise that. */
  readonly missingStatus?: 401 | 403
  /** Names the protected space in the challenge; none by default. */
  readonly realm?: string
  /** What this API says of itself (RFC 9728); the challenge then tells where. */
  readonly resource?: ResourceOptions
  /**
   * Refuses tokens whose session has ended, within milliseconds: `feed`, `poll`, or in detail. Default: `none`, for most issuers publish no
   * status lists; ask for it where yours is a Countersign server.
   */
  readonly revocation?: Revocation
  /** Shapes an answer: another body, further headers, another status. */
  readonly onRefusal?: (refused: Refused) => ShapedRefusal | undefined
  /** Hears of each request, each request for keys and what happens to status lists, for metrics and logs. */
  readonly onEvent?: EventListener
  /** How many refusals are kept with their explanation; default 100, and none when NODE_ENV is production. Each costs a second check. */
  readonly explanations?: number
  /** Default: the machine's clock. */
  readonly clock?: Clock
  /** Default: the machine's timer. Only `revocation` waits for anything. */
  readonly timer?: Timer
  /** Asks issuers for metadata, keys and status lists; default: the platform's `fetch`. */
  readonly fetch?: typeof fetch
}
