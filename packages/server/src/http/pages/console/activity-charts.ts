import type { RecentActivity } from '../../../domain/kernel/ports.ts'

/** One chart of the overview. */
export interface Chart {
  readonly name: string
  readonly title: string
  readonly doc: string
  /** The counter that it draws, with one series for each value of its label. */
  readonly counter: string
}

/** The charts, in the order of the page. */
export const charts: readonly Chart[] = [
  {
    name: 'logins',
    title: 'Sign-ins',
    doc: 'Sign-ins with a password, by result.',
    counter: 'logins_total',
  },
  {
    name: 'refreshes',
    title: 'Refreshes',
    doc: 'Repeated: a legitimate retry. Stolen: the session was ended.',
    counter: 'refreshes_total',
  },
  {
    name: 'refusals',
    title: 'Refusals',
    doc: 'Refused and failed requests, by code.',
    counter: 'refusals_total',
  },
  {
    name: 'revocations',
    title: 'Revocations',
    doc: 'Ended sessions, whose tokens are rejected from then on.',
    counter: 'revocations_total',
  },
]

/** One series of a chart as numbers. */
export interface RecentCount {
  readonly label: string
  readonly minutes: number
  readonly hour: number
}

const minutes = 5

/** Returns the counts of a chart, the most frequent first. Pure. */
export function recentCountsOf(
  { counter }: Chart,
  { step, counts }: RecentActivity,
): readonly RecentCount[] {
  const recent = (minutes * 60) / step
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
  return Object.entries(counts)
    .filter(([key]) => key.split(' ')[0] === counter)
    .map(([key, numbers]) => ({
      label: key.split(' ').slice(1).join(' ') || 'all',
      minutes: sum(numbers.slice(-recent)),
      hour: sum(numbers),
    }))
    .filter(({ hour }) => hour > 0)
    .toSorted((a, b) => b.hour - a.hour || a.label.localeCompare(b.label))
}
