/** How many calls a race has under way: as many as three handles of a test have connections. */
const maxInFlight = 24

/**
 * Does `count` pieces of work, with as many under way at once as there are connections, and returns the results in order. To start all
 * of them together would race no harder, because the pool lets no more through; but the last ones would wait for a connection for
 * longer than the pool allows when the machine is busy.
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
