/** Whether a text, in lower case, is on the list of common passwords. */
export type IsListed = (text: string) => boolean

const shortestListed = 3 // characters; less than that is no word
const longestGroup = 3 // characters: `aaaa…`, `abab…`, `abcabc…`

/** What fingers and schools run through, and people take for long passwords. */
const rows = [
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
]

/**
 * Whether a password, in lower case, is guessed first: it is listed, or becomes so when the digits and signs around it are
 * taken away or what it repeats is taken once; or it repeats a short group, or runs along a row of keys.
 */
export function isCommonPassword(folded: string, isListed: IsListed): boolean {
  const forms = [
    folded,
    folded.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, ''),
    folded.replace(/^\P{L}+|\P{L}+$/gu, ''),
    folded.replace(/[^\p{L}\p{N}]/gu, ''),
  ].flatMap((form) => [form, groupOf(form)])
  if (forms.some((form) => form.length >= shortestListed && isListed(form))) return true
  return [...groupOf(folded)].length <= longestGroup || isRow(folded)
}

/** What a text repeats, once; the text itself when it repeats nothing. A last repeat that is cut short counts: `abcabcab`. */
function groupOf(text: string): string {
  for (let length = 1; length <= text.length / 2; length++)
    if (text.startsWith(text.slice(length))) return text.slice(0, length)
  return text
}

/** Whether a text follows one of the rows, in either direction, round and round. */
function isRow(text: string): boolean {
  return rows.some((row) => {
    const round = row.repeat(Math.ceil(text.length / row.length) + 1)
    return round.includes(text) || [...round].toReversed().join('').includes(text)
  })
}
