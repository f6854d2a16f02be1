import type { RefusalCode } from './failures.ts'
import type { IssuerHealth } from './believed-issuer.ts'
import type { ListNews, StatusListHealth } from './watched-list.ts'

/** What a guard tells whoever counts: one of these for each request, for each request for keys, and for what happens to status lists. */
export type GuardEvent =
  | { readonly kind: 'allowed'; readonly subject: string | undefined }
  | {
      readonly kind: 'refused'
      readonly id: string
      readonly code: RefusalCode
      readonly status: number
      /** The code of the failure underneath, such as `audience_wrong`. */
      readonly cause: string | undefined
    }
  /** The keys of an issuer were asked for: `health.problem` says why that failed, and `health.age` how old those in use are. */
  | { readonly kind: 'keys'; readonly health: IssuerHealth }
  /** A status list was loaded, its feed cut, and so on; `stale` is the one to be woken for. */
  | { readonly kind: 'revocation'; readonly news: ListNews; readonly list: StatusListHealth }

/** Hears of everything that a guard does. What it throws is lost: counting must not decide who gets in. */
export type EventListener = (event: GuardEvent) => void

/** Tells a listener, where there is one. */
export function tell(listener: EventListener | undefined, event: GuardEvent): void {
  try {
    listener?.(event)
  } catch {
    // see EventListener
  }
}
