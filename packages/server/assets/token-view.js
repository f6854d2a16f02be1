// Renders the contents of a token and its checks.
import { make } from './dom.js'
import { formatClaim, meanings } from './format.js'
import { t } from './translate.js'

/** @typedef {import('./token-checks.js').Json} Json */
/** @typedef {import('./token-checks.js').Check} Check */
/** @typedef {import('./translate.js').Phrase} Phrase */

/** Renders a table of members, each with its meaning.
 * @param {Phrase} caption
 * @param {Json} members
 * @param {number} at
 */
export function table(caption, members, at) {
  const rows = Object.entries(members).map(([name, value]) => {
    const meaning = new Map(Object.entries(meanings)).get(name)
    const head = make('th', '', make('code', '', name))
    head.setAttribute('scope', 'row')
    const { text, words } = formatClaim(name, value, at)
    const lines = [words, meaning ? t(meaning) : ''].filter((one) => one !== '')
    const cell = make(
      'td',
      '',
      make('code', '', text),
      ...lines.map((one) => make('p', 'quietly', one)),
    )
    return make('tr', '', head, cell)
  })
  return make('table', 'members', make('caption', '', t(caption)), make('tbody', '', ...rows))
}

const words = /** @type {const} */ ({ good: 'OK', bad: 'Error', note: 'Note' })

/** Renders checks as a list; each verdict is also a word, for people who see no colours.
 * @param {readonly Check[]} checks
 */
export function list(checks) {
  return make(
    'ul',
    'checks',
    ...checks.map(({ verdict, name, says }) =>
      make(
        'li',
        verdict,
        make('span', 'verdict', t(words[verdict])),
        make('div', '', make('strong', '', t(name)), ' ', make('span', 'says', says)),
      ),
    ),
  )
}
