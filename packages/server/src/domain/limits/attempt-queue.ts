import { createCheckShares, type CheckShares } from './check-shares.ts'

/** The maximum number of attempts that run at once, by the key that they count under; the first one may in any case. */
export type Capacity = ReadonlyMap<string, number>

/** An attempt that was started. */
export interface StartedAttempt<T> {
  /** The counts as they were when it started: no attempt that has ended since was wrong. */
  readonly seen: T
  /** Lets the next one start. The failure of a wrong attempt must be written by then. */
  end(wrong: boolean): void
}

/**
 * The attempts that one process is checking now. While many run at once it is unknown which are wrong, and writing each down first would
 * cost every sign-in a commit: so no more run at once than may be wrong, and the others wait.
 */
export interface AttemptQueue {
  /** Waits for capacity. Calls `read` for the capacity of each of `keys`, as often as needed; rejects as `read` does. */
  start<T extends { readonly capacity: Capacity }>(
    keys: readonly string[],
    read: () => Promise<T>,
  ): Promise<StartedAttempt<T>>
  /** The shares of client networks in the checks that run and wait. */
  readonly shares: CheckShares
}

/** The attempts that count under one key. */
interface Line {
  /** Those that read, wait or run. */
  present: number
  running: number
  /** The number of wrong attempts since `present` was 0. */
  wrong: number
  readonly waiting: (() => void)[]
}

/** Makes the queue of a process. */
export function createAttemptQueue(): AttemptQueue {
  return { shares: createCheckShares(), ...createLines() }
}

function createLines(): Pick<AttemptQueue, 'start'> {
  const lines = new Map<string, Line>()
  const enter = (key: string): Line => {
    const line = lines.get(key) ?? { present: 0, running: 0, wrong: 0, waiting: [] }
    lines.set(key, line)
    line.present++
    return line
  }
  const leave = (key: string, line: Line) => {
    line.present--
    line.waiting.shift()?.() // if it finds no capacity, it waits for the next one to leave
    if (line.present === 0) lines.delete(key)
  }
  return {
    async start(keys, read) {
      const entered = new Map(keys.map((key) => [key, enter(key)]))
      const wrongSoFar = () => entered.values().reduce((sum, { wrong }) => sum + wrong, 0)
      const leaveAll = () => entered.forEach((line, key) => leave(key, line))
      try {
        for (;;) {
          const before = wrongSoFar()
          const seen = await read()
          if (wrongSoFar() !== before) continue // a failure was written meanwhile; read again
          const counted = [...entered].filter(([key]) => seen.capacity.has(key))
          const full = counted.find(
            ([key, { running }]) => running > 0 && running >= (seen.capacity.get(key) ?? 0),
          )
          if (full) await new Promise<void>((go) => full[1].waiting.push(go))
          else {
            for (const [, line] of counted) line.running++
            const end = (wrong: boolean) => {
              for (const [, line] of counted) line.running--
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
