import { toIsoText, type Seconds } from '@countersign/token/internal'
import type { Language } from '../../domain/kernel/client-info.ts'
import { html, type Html } from './html.ts'

const locales = { en: 'en-GB', de: 'de-DE' } as const

/** Makes a function that returns the format of a language. Formats are made when the first is needed: to load the calendar takes 20 ms, a tenth of a start. */
function lazily<Format>(make: (locale: string) => Format): (language: Language) => Format {
  let formats: Readonly<Record<Language, Format>> | undefined
  return (language) => {
    formats ??= { en: make(locales.en), de: make(locales.de) }
    return formats[language]
  }
}

const dateTime = (timeStyle: 'short' | 'medium') =>
  lazily((one) => new Intl.DateTimeFormat(one, { dateStyle: 'medium', timeStyle, timeZone: 'UTC' }))
const minutes = dateTime('short')
const seconds = dateTime('medium')
const relative = lazily((one) => new Intl.RelativeTimeFormat(one, { numeric: 'auto' }))
const justNow = { en: 'just now', de: 'gerade eben' } as const

const units = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

/** Returns a time in UTC as text, where no element can be: in the options of a choice. */
export function timeText(at: Seconds, language: Language = 'en'): string {
  return `${minutes(language).format(at * 1000)} UTC`
}

/** Renders a time in UTC: without a script the server does not know the visitor's time zone. */
export function absoluteTime(at: Seconds, language: Language = 'en'): Html {
  return html`<time datetime="${toIsoText(at)}">${timeText(at, language)}</time>`
}

/** As {@link absoluteTime}, with the second. */
export function exactTime(at: Seconds, language: Language = 'en'): Html {
  const text = `${seconds(language).format(at * 1000)} UTC`
  return html`<time datetime="${toIsoText(at)}">${text}</time>`
}

/** Renders how long ago a time was; times more than 30 days ago are absolute. */
export function relativeTime(at: Seconds, now: Seconds, language: Language = 'en'): Html {
  const ago = now - at
  if (ago < 60) return html`<time datetime="${toIsoText(at)}">${justNow[language]}</time>`
  if (ago > 30 * 86_400) return absoluteTime(at, language)
  const [unit, length] = units.find(([, one]) => ago >= one) ?? units[2]
  const words = relative(language).format(-Math.floor(ago / length), unit)
  return html`<time datetime="${toIsoText(at)}" title="${timeText(at, language)}">${words}</time>`
}
