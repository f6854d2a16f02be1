/** Returns the median. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = Number.NaN, high = Number.NaN] = [
    sorted[Math.ceil(sorted.length / 2) - 1],
    sorted[middle],
  ]
  return (low + high) / 2
}

/** Limit over own, round by round: 1 is as fast as the limit, 0.5 takes twice as long. */
export function ratios(limit: readonly number[], own: readonly number[]): readonly number[] {
  return own.map((value, round) => (limit[round] ?? Number.NaN) / value)
}

/** Returns the minimum and the maximum as text. */
export function spread(values: readonly number[]): string {
  return `${Math.min(...values).toFixed(2)}-${Math.max(...values).toFixed(2)}`
}
