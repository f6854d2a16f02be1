/** How many guesses may be under way at once, by what they count under; the first one may in any case. */
export type Rooms = ReadonlyMap<string, number>

/** A guess that has begun. */
export interface Begun<T> {
  /** What it found when it began: no guess that has ended since was wrong. */
  readonly seen: T
  /** Lets the next one begin. What became of a wrong one must be written by then. */
  end(wrong: boolean): void
}

/**
 * The guesses that one process looks at just now. Of many at once nobody knows yet which are wrong, and to write each down first would
 * cost every sign-in a commit: so no more are under way than may be wrong, and the others wait.
 */
export interface AttemptQueue {
  /** Waits until there is room. `look` finds out how much there is of each of `keys`, again and again; what it throws is thrown. */
  begin<T extends { readonly rooms: Rooms }>(
    keys: readonly string[],
    look: () => Promise<T>,
  ): Promise<Begun<T>>
}

/** FailedAttempts that count under the same key. */
interface Line {
  /** Those that look, wait or are under way. */
  present: number
  underWay: number
  /** How many have been wrong since anybody was present. */
  wrong: number
  readonly waiting: (() => void)[]
}

/** Makes the queue of a process. */
export function createAttemptQueue(): AttemptQueue {
  const lines = new Map<string, Line>()
  const enter = (key: string): Line => {
    const line = lines.get(key) ?? { present: 0, underWay: 0, wrong: 0, waiting: [] }
    lines.set(key, line)
    line.present++
    return line
  }
  const leave = (key: string, line: Line) => {
    line.present--
    line.waiting.shift()?.() // one that finds no room waits for the next
    if (line.present === 0) lines.delete(key)
  }
  return {
    async begin(keys, look) {
      const entered = new Map(keys.map((key) => [key, enter(key)]))
      const wrongSoFar = () => entered.values().reduce((sum, { wrong }) => sum + wrong, 0)
      const leaveAll = () => entered.forEach((line, key) => leave(key, line))
      try {
        for (;;) {
          const before = wrongSoFar()
          const seen = await look()
          if (wrongSoFar() !== before) continue // it may have looked too early
          const counted = [...entered].filter(([key]) => seen.rooms.has(key))
          const full = counted.find(
            ([key, { underWay }]) => underWay > 0 && underWay >= (seen.rooms.get(key) ?? 0),
          )
          if (full) await new Promise<void>((go) => full[1].waiting.push(go))
          else {
            for (const [, line] of counted) line.underWay++
            const end = (wrong: boolean) => {
              for (const [, line] of counted) line.underWay--
              if (wrong) for (const [, line] of counted) line.wrong++
              leaveAll()
            }
            return { seen, end }
          }
        }
      } catch (error) {
        leaveAll()
        throw error
      }
    },
  }
}
