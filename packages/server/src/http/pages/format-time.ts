import { toIsoText, type Seconds } from '@countersign/token/internal'
import { html, type Html } from './html.ts'

const exact = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
})
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** Returns a time in UTC as text, where no element can be: in the options of a choice. */
export function timeText(at: Seconds): string {
  return `${exact.format(at * 1000)} UTC`
}

/** Renders a time in UTC: without a script the server does not know the visitor's time zone. */
export function absoluteTime(at: Seconds): Html {
  return html`<time datetime="${toIsoText(at)}">${timeText(at)}</time>`
}

/** Renders how long ago a time was; times more than 30 days ago are absolute. */
export function relativeTime(at: Seconds, now: Seconds): Html {
  const seconds = now - at
  if (seconds < 60) return html`<time datetime="${toIsoText(at)}">just now</time>`
  if (seconds > 30 * 86_400) return absoluteTime(at)
  const [unit, length] = units.find(([, one]) => seconds >= one) ?? units[2]
  const words = relative.format(-Math.floor(seconds / length), unit)
  return html`<time datetime="${toIsoText(at)}" title="${timeText(at)}">${words}</time>`
}
