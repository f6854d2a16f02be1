import type { KeyState, Seconds } from '@countersign/token'
import { chainOf, retention, stateOf, type KeyRing } from '../../../domain/keys/signing-key.ts'

/** What a key is for during a stretch of time. */
export type Stretch = 'published' | 'signs' | 'accepted'

/** One key on the line of time; places are fractions of the whole line. */
export interface KeyBar {
  readonly id: string
  readonly algorithm: string
  readonly state: KeyState
  readonly stretches: readonly {
    readonly kind: Stretch
    readonly from: number
    readonly to: number
  }[]
}

/** The keys that are in use, and when each is for what. */
export interface KeyTimeline {
  readonly from: Seconds
  readonly to: Seconds
  /** Where now is, as a fraction. */
  readonly now: number
  readonly bars: readonly KeyBar[]
}

/**
 * Lays a key ring out on a line of time: published before it signs, signs, and accepted until the last token that it signed has expired. The
 * end of the last key is not known yet and is taken to be a rotation period away. Pure.
 */
export function timelineOf(ring: KeyRing, now: Seconds, rotationPeriod: Seconds): KeyTimeline {
  const live = chainOf(ring).filter((key) => stateOf(key, now) !== 'retired')
  const spans = live.map((key) => {
    const end = key.retiredAt ?? key.activatedAt + rotationPeriod
    return { key, times: [key.createdAt, key.activatedAt, end, end + retention] as const }
  })
  const from = Math.min(now, ...spans.map(({ times }) => times[0]))
  const to = Math.max(now + retention, ...spans.map(({ times }) => times[3]))
  const place = (at: Seconds) => (at - from) / (to - from)
  const bars = spans.map(({ key, times: [created, activated, end, gone] }): KeyBar => {
    const stretch = (kind: Stretch, start: Seconds, stop: Seconds) =>
      stop > start ? [{ kind, from: place(start), to: place(stop) }] : []
    const stretches = [
      ...stretch('published', created, activated),
      ...stretch('signs', Math.max(created, activated), end),
      ...stretch('accepted', end, gone),
    ]
    return { id: key.id, algorithm: key.algorithm, state: stateOf(key, now), stretches }
  })
  return { from, to, now: place(now), bars }
}
