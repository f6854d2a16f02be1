import type { RefusalCode } from './failures.ts'
import type { IssuerHealth } from './issuers.ts'

/** What a guard tells whoever counts: one of these for each request, and one for each request for keys. */
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
