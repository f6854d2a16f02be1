import type { KeyState, Seconds } from '@countersign/token/internal'
import type { KeyPolicy } from '../../../domain/keys/plan-rotation.ts'
import {
  algorithmsIn,
  chainOf,
  retention,
  stateOf,
  type KeyRing,
} from '../../../domain/keys/signing-key.ts'

/** The use of a key during a span of time. */
export type KeyPhase = 'published' | 'signs' | 'accepted'

/** One key on the timeline; positions are fractions of the whole timeline. */
export interface KeyBar {
  readonly id: string
  readonly algorithm: string
  readonly state: KeyState
  readonly stretches: readonly {
    readonly kind: KeyPhase
    readonly from: number
    readonly to: number
  }[]
}

/** The keys in use, with the phases of each. */
export interface KeyTimeline {
  readonly from: Seconds
  readonly to: Seconds
  /** The position of the current time, as a fraction. */
  readonly now: number
  readonly bars: readonly KeyBar[]
}

/**
 * Lays out a key ring on a timeline, chain by chain. Each key is first published, then signs, then is accepted until the last token that it signed has
 * expired. The end of the last key is not known yet and is assumed to be a rotation period away. Pure.
 */
export function timelineOf(
  ring: KeyRing,
  now: Seconds,
  { rotationPeriod, algorithms }: Pick<KeyPolicy, 'rotationPeriod' | 'algorithms'>,
): KeyTimeline {
  const live = algorithmsIn(ring, now, algorithms)
    .flatMap((one) => chainOf(ring, one))
    .filter((key) => stateOf(key, now) !== 'retired')
  const spans = live.map((key) => {
    const end = key.retiredAt ?? key.activatedAt + rotationPeriod
    return { key, times: [key.createdAt, key.activatedAt, end, end + retention] as const }
  })
  const from = Math.min(now, ...spans.map(({ times }) => times[0]))
  const to = Math.max(now + retention, ...spans.map(({ times }) => times[3]))
  const place = (at: Seconds) => (at - from) / (to - from)
  const bars = spans.map(({ key, times: [created, activated, end, gone] }): KeyBar => {
    const stretch = (kind: KeyPhase, start: Seconds, stop: Seconds) =>
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
