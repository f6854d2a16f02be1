import { createHash } from 'node:crypto'

/** The rule on statements that get names: with `auto` those on connections without a pooler, which could give the session to another client. */
export type PreparedStatementsMode = 'auto' | 'on' | 'off'

/** Names the statements that run often: PostgreSQL parses and plans a named one once for each connection. */
export interface PreparedStatements {
  /** Returns the name of a statement, `undefined` if it stays without one. Counts the call. */
  nameOf(text: string): string | undefined
  /** Gives a statement another name, because its plan cannot be used any more: a migration has changed its columns. */
  rename(text: string): void
  /** Names no statement any more, because a pooler loses them. */
  stop(): void
}

const runsBeforeName = 5 // a statement that runs once costs more with a name: the server keeps its plan
const maxNames = 200 // each costs a connection some 20 kB of the server's memory; the hot ones are about thirty
const maxCounted = 1_000 // texts of lists differ with their length

/** Makes the names of one pool. */
export function createPreparedStatements(): PreparedStatements {
  const runs = new Map<string, number>()
  const names = new Map<string, string>()
  let renamed = 0
  let isStopped = false
  return {
    nameOf(text) {
      if (isStopped) return undefined
      const known = names.get(text)
      if (known !== undefined || names.size === maxNames) return known
      if (runs.size === maxCounted) runs.clear()
      const count = (runs.get(text) ?? 0) + 1
      runs.set(text, count)
      if (count <= runsBeforeName) return undefined
      runs.delete(text)
      const name = newName(text)
      names.set(text, name)
      return name
    },
    rename(text) {
      names.set(text, `${newName(text)}_${++renamed}`)
    },
    stop() {
      isStopped = true
    },
  }
}

/** Derives the name from the text: one name never means two statements, whichever process shares a connection. */
function newName(text: string): string {
  return `countersign_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`
}
