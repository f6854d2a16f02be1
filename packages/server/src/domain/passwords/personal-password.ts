/** Whose password it is to be. */
export interface PasswordOwner {
  readonly name: string
  readonly email: string | null
}

const minWordLength = 3 // characters; shorter ones stand in every other word
const fewestOwn = 4 // letters that must be left; with fewer, whoever knows the words has the password

/**
 * Whether a password, in lower case, is made of words that everybody knows here: the user's name, their e-mail address, what
 * the service is called; with no more than digits, signs, repeated letters or three letters of its own besides.
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
  return [...letters].length < fewestOwn
}
