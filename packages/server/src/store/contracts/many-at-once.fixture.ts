const maxInFlight = 100

/**
 * Calls `work` for each index below `count`, all at once if there are at most 100, and returns the results in order. Of more calls, 100
 * are in flight: more race no harder, because the pool has fewer connections, and only wait longer for one.
 */
export async function manyAtOnce<T>(
  count: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < count; index = next++) results[index] = await work(index)
  }
  await Promise.all(Array.from({ length: Math.min(count, maxInFlight) }, worker))
  return results
}
