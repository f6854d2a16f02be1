/** Every name of some options. Written with `satisfies`, so that none is forgotten and none made up. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>

/**
 * Refuses an option that nobody reads: a slip such as `revokation` would leave a check off that somebody believes in. Looked at once, when a
 * thing is made; throws what `invalid` makes of a few words that name the slip and the nearest name.
 */
export function assertOptions(
  options: object,
  known: Readonly<Record<string, true>>,
  invalid: (detail: string, name: string) => Error,
): void {
  const slip = Object.keys(options).find((name) => !Object.hasOwn(known, name))
  if (slip === undefined) return
  const names = Object.keys(known)
  const near = nearest(slip, names)
  throw invalid(
    `${slip} is no option; ${near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`,
    slip,
  )
}

const alike = 0.25 // of the pairs of two names; below, they have nothing to do with each other

/** The known name that shares most pairs of letters with a wrong one (Dice's coefficient), if any is like it. */
export function nearest(wrong: string, known: readonly string[]): string | undefined {
  const pairs = pairsOf(wrong)
  const scored = known.map((name) => {
    const own = pairsOf(name)
    const shared = [...own].filter((pair) => pairs.has(pair)).length
    return { name, score: (2 * shared) / (own.size + pairs.size) }
  })
  const [best] = scored.toSorted((one, other) => other.score - one.score)
  return best && best.score > alike ? best.name : undefined
}

/** Pairs of letters that are neighbours, or have one between them: so that two in the wrong order are still alike. */
function pairsOf(name: string): ReadonlySet<string> {
  const letters = [...name.toLowerCase()]
  const pairs = letters.flatMap((letter, at) =>
    letters.slice(at + 1, at + 3).map((next) => letter + next),
  )
  return new Set(pairs)
}
