/** The owner of a new password. */
export interface PasswordOwner {
  readonly name: string
  readonly email: string | null
}

const minWordLength = 3 // characters; shorter ones are part of many words
const minOwnLetters = 4 // letters that must be left; with fewer, an attacker who knows the words has the password

/**
 * Returns whether a password, in lower case, consists of words that are known here: the user's name, their e-mail address, the names of
 * the service; and besides them only digits, symbols, repeated letters or at most three letters of its own.
 */
export function isPersonalPassword(
  folded: string,
  { name, email }: PasswordOwner,
  serviceWords: readonly string[],
): boolean {
  const words = [name, ...(email?.split('@') ?? []), ...serviceWords]
    .map((word) => word.normalize('NFKC').toLowerCase())
    .flatMap((word) => [word, ...word.split(/[^\p{L}\p{N}]+/u)])
    .filter((word) => word.length >= minWordLength)
    .toSorted((a, b) => b.length - a.length)
  const rest = words.reduce((text, word) => text.replaceAll(word, ' '), folded)
  if (rest === folded) return false
  const letters = rest.replace(/\P{L}/gu, '').replace(/(.)\1+/gu, '$1')
  return [...letters].length < minOwnLetters
}
