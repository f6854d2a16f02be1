/** Returns whether a text, in lower case, is on the list of common passwords. */
export type IsListed = (text: string) => boolean

const minListedLength = 3 // characters; anything shorter is no word
const maxGroupLength = 3 // characters: `aaaa…`, `abab…`, `abcabc…`

/** Keyboard rows and alphabets, which people take for long passwords. */
const rows = [
  '1234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
]

/**
 * Returns whether a password, in lower case, is among those that attackers try first: it is listed, or is so without the digits and symbols
 * around it, or what it repeats is; or it repeats a short group, or follows a keyboard row.
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

/** Returns the text from the first to the last character of a kind. It matches from the front: a pattern for the rest around it would take quadratic time. */
function within(text: string, kind: RegExp): string {
  return kind.exec(text)?.[0] ?? ''
}

/**
 * Returns the group that a text repeats; the text itself if it repeats nothing. A last repeat may be incomplete: `abcabcab`. It takes linear
 * time, because a caller chooses the text: `ends` holds, for each prefix, the length of its longest border (Knuth, Morris and Pratt).
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

/** Returns whether a text follows one of the rows, in either direction, cyclically. */
function isRow(text: string): boolean {
  return rows.some((row) => {
    const round = row.repeat(Math.ceil(text.length / row.length) + 1)
    return round.includes(text) || [...round].toReversed().join('').includes(text)
  })
}
