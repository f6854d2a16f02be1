/** A list of every option name of an interface. Write it with `satisfies`, so that none is missing and none is invented. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>

/**
 * Rejects an unknown option: a typo such as `revokation` would silently leave a check off. Called once, when a thing is made. Throws the error
 * that `invalid` makes of a few words, which name the unknown option and the closest known one.
 */
export function assertOptions(
  options: object,
  known: Readonly<Record<string, true>>,
  invalid: (detail: string, name: string) => Error,
): void {
  if (typeof options !== 'object' || (options as unknown) === null)
    throw invalid('the options must be an object', '')
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return
  const names = Object.keys(known)
  const close = closestName(unknown, names)
  const hint =
    close === undefined ? `the options are ${names.join(', ')}` : `did you mean ${close}?`
  throw invalid(`${unknown} is not an option; ${hint}`, unknown)
}

const minSimilarity = 0.25 // share of common letter pairs; names below it are unrelated

/** Returns the known name that shares most letter pairs with a wrong one (Dice's coefficient), if any is similar. */
export function closestName(wrong: string, known: readonly string[]): string | undefined {
  const pairs = letterPairs(wrong)
  const scored = known.map((name) => {
    const own = letterPairs(name)
    const shared = [...own].filter((pair) => pairs.has(pair)).length
    return { name, score: (2 * shared) / (own.size + pairs.size) }
  })
  const [best] = scored.toSorted((one, other) => other.score - one.score)
  return best && best.score > minSimilarity ? best.name : undefined
}

/** Pairs of letters that are neighbours or have one letter between them, so that two swapped letters still count as similar. */
function letterPairs(name: string): ReadonlySet<string> {
  const letters = [...name.toLowerCase()]
  const pairs = letters.flatMap((letter, at) =>
    letters.slice(at + 1, at + 3).map((next) => letter + next),
  )
  return new Set(pairs)
}
