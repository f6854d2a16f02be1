import type { RecentActivity } from '../../../domain/kernel/ports.ts'

/** One chart of the overview: which counts it shows. */
export interface Chart {
  readonly name: string
  readonly title: string
  readonly doc: string
  /** The counter whose series it draws, one for each value of its label. */
  readonly counter: string
}

/** The charts, in the order of the page. */
export const charts: readonly Chart[] = [
  {
    name: 'logins',
    title: 'Sign-ins',
    doc: 'With a password, by how they ended.',
    counter: 'logins_total',
  },
  {
    name: 'refreshes',
    title: 'Refreshes',
    doc: 'A repeat is an honest retry; a stolen one ended a session.',
    counter: 'refreshes_total',
  },
  {
    name: 'refusals',
    title: 'Refusals by cause',
    doc: 'Whatever was refused or failed, by its code.',
    counter: 'refusals_total',
  },
  {
    name: 'revocations',
    title: 'Revocations',
    doc: 'Sessions whose tokens are refused from now on, whoever ended them.',
    counter: 'revocations_total',
  },
]

/** One line of a chart in numbers. */
export interface Lately {
  readonly label: string
  readonly minutes: number
  readonly hour: number
}

const minutes = 5

/** What a chart has counted, the most frequent first. Pure. */
export function latelyOf({ counter }: Chart, { step, counts }: RecentActivity): readonly Lately[] {
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
