import type { Language } from '../../../domain/kernel/client-info.ts'
import type { HtmlContent } from '../html.ts'
import { german } from './german.ts'

// translation/: the German of the pages. A page is written in English, and each of its texts is a phrase: the key of its translation.

/** An English text that has a translation; `{name}` stands for a value. */
export type Phrase = keyof typeof german

type Values<Value> = Readonly<Record<string, Value>>

/** Returns a phrase in the language of the visitor, with the values in place. The compiler rejects a phrase without a translation. */
export interface Translate {
  (phrase: Phrase, values?: Values<string | number>): string
  /** As the function itself, for values that are HTML. */
  html(phrase: Phrase, values: Values<HtmlContent>): HtmlContent
  readonly language: Language
}

/** Returns the function that translates into a language. */
export function translateTo(language: Language): Translate {
  const translated = (phrase: Phrase) => (language === 'de' ? german[phrase] : phrase)
  const translate = (phrase: Phrase, values: Values<string | number> = {}) =>
    translated(phrase).replaceAll(placeholder, (_, name: string) => String(values[name] ?? ''))
  const more = {
    html: (phrase: Phrase, values: Values<HtmlContent>) =>
      translated(phrase)
        .split(placeholder)
        .map((part, at) => (at % 2 === 0 ? part : values[part])), // odd parts are the names
    language,
  }
  return Object.assign(translate, more)
}

const placeholder = /\{(\w+)\}/g
