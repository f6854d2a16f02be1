// Translates the texts of scripts, as the pages translate theirs.
import { german } from './german.js'
import { germanClaims } from './german-claims.js'

/** An English text that has a translation; `{name}` stands for a value.
 * @typedef {keyof typeof german | keyof typeof germanClaims} Phrase
 */

const isGerman = globalThis.document?.documentElement.lang === 'de' // outside of browsers there is no document
/** @type {Readonly<Record<Phrase, string>>} */
const translations = { ...german, ...germanClaims }

/** The locale for times. */
export const locale = isGerman ? 'de-DE' : 'en-GB'

/** Returns a phrase in the language of the page, with the values in place.
 * @param {Phrase} phrase
 * @param {Readonly<Record<string, string | number>>} [values]
 */
export function t(phrase, values = {}) {
  const text = isGerman ? translations[phrase] : phrase
  return text.replaceAll(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}
