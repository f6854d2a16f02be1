/** Returns whether two lists have the same words, in any order. Pure. */
export function isSameSet(some: readonly string[], others: readonly string[]): boolean {
  return new Set(some).symmetricDifference(new Set(others)).size === 0
}
