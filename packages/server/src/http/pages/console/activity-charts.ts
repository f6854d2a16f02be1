import type { RecentActivity } from '../../../domain/kernel/ports.ts'
import type { Phrase, Translate } from '../translation/translate.ts'

/** One chart of the overview. */
export interface Chart {
  readonly name: string
  readonly title: Phrase
  readonly doc: Phrase
  /** The counter that it draws, with one series for each value of its label. */
  readonly counter: string
}

/** The charts, in the order of the page. */
export const charts: readonly Chart[] = [
  {
    name: 'logins',
    title: 'Sign-ins',
    doc: 'Sign-ins with a password, a code or a passkey, by result.',
    counter: 'logins_total',
  },
  {
    name: 'refusals',
    title: 'Refusals',
    doc: 'Requests that were refused or failed, by reason.',
    counter: 'refusals_total',
  },
  {
    name: 'refreshes',
    title: 'Refreshes',
    doc: 'Access tokens that were renewed. Stolen: the session was ended.',
    counter: 'refreshes_total',
  },
  {
    name: 'revocations',
    title: 'Revocations',
    doc: 'Ended sessions, whose tokens are rejected from then on.',
    counter: 'revocations_total',
  },
]

/** The colour of a series: a custom property of the style sheet. */
export type SeriesColour = `--series-${'good' | 'calm' | 'fault' | 1 | 2 | 3 | 4 | 'rest'}`

/** One series of a chart. */
export interface Series {
  /** The value of the counter's label, such as `signed_in`. */
  readonly code: string
  readonly label: string
  readonly colour: SeriesColour
  /** One number for each step of the hour, the oldest first. */
  readonly counts: readonly number[]
  /** The sum of the last five minutes. */
  readonly minutes: number
  readonly hour: number
}

const minutes = 5
const maxSeries = 6

const labels: ReadonlyMap<string, Phrase> = new Map<string, Phrase>(
  Object.entries({
    '': 'Ended sessions',
    signed_in: 'Signed in',
    credentials_wrong: 'Wrong name or password',
    login_delayed: 'Too many wrong attempts',
    factor_required: 'Second factor needed',
    factor_wrong: 'Wrong second factor',
    code_wrong: 'Wrong code from a mail',
    passkey_wrong: 'Passkey refused',
    busy: 'Server busy',
    limit_exceeded: 'Too many requests',
    rotate: 'Renewed',
    repeat: 'Repeated by the client',
    rotate_unanswered: 'Repeated after a lost answer',
    rotate_not_stored: 'Repeated after a restore',
    stolen: 'Stolen',
    expired: 'Expired',
    ended: 'Session had ended',
    too_frequent: 'Too frequent',
    unknown: 'Unknown token',
    token_missing: 'Token missing',
    token_expired: 'Token expired',
    token_invalid: 'Token invalid',
    token_revoked: 'Token revoked',
    refresh_token_unknown: 'Unknown refresh token',
    route_unknown: 'No such address',
    administrators_only: 'Administrators only',
    form_cross_site: 'Form of another site',
    others: 'Others',
  } as const),
)

const colours: Readonly<Record<string, SeriesColour>> = {
  '': '--series-calm',
  signed_in: '--series-good',
  rotate: '--series-good',
  repeat: '--series-calm',
  factor_required: '--series-calm',
  credentials_wrong: '--series-fault',
  stolen: '--series-fault',
  token_invalid: '--series-fault',
  others: '--series-rest',
}

/** Returns the series of a chart that have events, the most frequent first, and the rest as one. Pure. */
export function seriesOf(
  { counter }: Chart,
  { step, counts }: RecentActivity,
  t: Translate,
): readonly Series[] {
  const all = Object.entries(counts)
    .filter(([key, numbers]) => key.split(' ')[0] === counter && numbers.some((one) => one > 0))
    .map(([key, numbers]) => newSeries(key.split(' ').slice(1).join(' '), numbers, step, t))
    .toSorted((a, b) => b.hour - a.hour || a.code.localeCompare(b.code))
  const rest = all.slice(maxSeries - 1)
  if (rest.length < 2) return all
  const [first] = rest
  const together = (first?.counts ?? []).map((_, at) => sum(rest.map((one) => one.counts[at] ?? 0)))
  return [...all.slice(0, maxSeries - 1), newSeries('others', together, step, t)]
}

function newSeries(code: string, counts: readonly number[], step: number, t: Translate): Series {
  const recent = counts.slice((-minutes * 60) / step)
  const label = labels.get(code)
  return {
    code,
    label: label ? t(label) : inWords(code),
    colour: colours[code] ?? colourOf(code),
    counts,
    minutes: sum(recent),
    hour: sum(counts),
  }
}

/** Returns the colour of a failure, which is the same in each chart and at each time. */
function colourOf(code: string): SeriesColour {
  const hash = [...code].reduce((total, letter) => (total * 31 + letter.charCodeAt(0)) % 9973, 7)
  return (
    (['--series-1', '--series-2', '--series-3', '--series-4'] as const)[hash % 4] ?? '--series-1'
  )
}

/** Turns a code that has no label into words: `email_taken` into `Email taken`. */
function inWords(code: string): string {
  const words = code.replaceAll('_', ' ')
  return words.slice(0, 1).toUpperCase() + words.slice(1)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
