// What a token says, as a table for people.
import { make } from './dom.js'
import { meanings, told } from './format.js'

/** @typedef {import('./token-checks.js').Json} Json */
/** @typedef {import('./token-checks.js').Check} Check */

/**
 * A table of members, each with what it means.
 * @param {string} caption
 * @param {Json} members
 * @param {number} at
 */
export function table(caption, members, at) {
  const rows = Object.entries(members).map(([name, value]) => {
    const meaning = new Map(Object.entries(meanings)).get(name) ?? ''
    const head = make('th', '', make('code', '', name))
    head.setAttribute('scope', 'row')
    const { text, words } = told(name, value, at)
    const lines = [words, meaning].filter((one) => one !== '')
    const cell = make(
      'td',
      '',
      make('code', '', text),
      ...lines.map((one) => make('p', 'quietly', one)),
    )
    return make('tr', '', head, cell)
  })
  return make('table', 'members', make('caption', '', caption), make('tbody', '', ...rows))
}

const words = /** @type {const} */ ({ good: 'Good', bad: 'Not good', note: 'Note' })

/**
 * Checks as a list; the verdict is a word too, for who sees no colour.
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
        make('span', 'verdict', words[verdict]),
        make('div', '', make('strong', '', name), ' ', make('span', 'says', says)),
      ),
    ),
  )
}
