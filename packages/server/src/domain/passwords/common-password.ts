/** Whether a text, in lower case, is on the list of common passwords. */
export type IsListed = (text: string) => boolean

const minListedLength = 3 // characters; less than that is no word
const maxGroupLength = 3 // characters: `aaaa…`, `abab…`, `abcabc…`

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
    within(folded, /[\p{L}\p{N}](?:.*[\p{L}\p{N}])?/su),
    within(folded, /\p{L}(?:.*\p{L})?/su),
    folded.replace(/[^\p{L}\p{N}]/gu, ''),
  ].flatMap((form) => [form, groupOf(form)])
  if (forms.some((form) => form.length >= minListedLength && isListed(form))) return true
  return [...groupOf(folded)].length <= maxGroupLength || isRow(folded)
}

/** What stands from the first to the last character of a kind. Looked for from the front and from the end: a pattern for what stands around it takes the square of the time. */
function within(text: string, kind: RegExp): string {
  return kind.exec(text)?.[0] ?? ''
}

/**
 * What a text repeats, once; the text itself when it repeats nothing. A last repeat that is cut short counts: `abcabcab`. In one
 * pass, for a stranger chooses the text: `ends` tells how much of its beginning a text of each length ends with (Knuth, Morris and Pratt).
 */
function groupOf(text: string): string {
  const ends = [0]
  for (let at = 1; at < text.length; at++) {
    let same = ends[at - 1] ?? 0
    while (same > 0 && text[at] !== text[same]) same = ends[same - 1] ?? 0
    ends.push(text[at] === text[same] ? same + 1 : 0)
  }
  const length = text.length - (ends.at(-1) ?? 0)
  return length <= text.length / 2 ? text.slice(0, length) : text
}

/** Whether a text follows one of the rows, in either direction, round and round. */
function isRow(text: string): boolean {
  return rows.some((row) => {
    const round = row.repeat(Math.ceil(text.length / row.length) + 1)
    return round.includes(text) || [...round].toReversed().join('').includes(text)
  })
}
