/** Writes a list of words, such as scopes, as one column. */
export function joinWords(words: readonly string[]): string {
  return words.join(' ')
}

/** Reads what {@link joinWords} wrote. */
export function splitWords(text: string): readonly string[] {
  return text.split(' ').filter((one) => one !== '')
}
