import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Secret } from '../../domain/kernel/secret.ts'
import type { Database } from '../store.ts'

/** A program of the tests in a process of its own, working on the same database. */
export interface Companion {
  readonly process: ChildProcess
  /** The output of the process, line by line. */
  readonly lines: AsyncIterableIterator<string>
  /** Its exit code, once it has ended; null when it was killed. */
  readonly ended: Promise<number | null>
}

/** Starts `<program>.fixture.ts` of this folder, or a path from it. What it complains of is seen in the tests' own output. */
export function companion(
  program: string,
  database: Database,
  more: Readonly<Record<string, string>> = {},
): Companion {
  const file = new URL(`./${program}.fixture.ts`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=@countersign/source', file], {
    env: { ...process.env, ...more, DATABASE: databaseText(database) },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { process: child, lines, ended }
}

/** Writes a database into a variable of a companion. */
export function databaseText(database: Database): string {
  const told = Object.entries(database).map(([name, value]) => [
    name,
    value instanceof Secret ? { secret: value.reveal() } : value,
  ])
  return JSON.stringify(Object.fromEntries(told))
}

/** In a companion: reads a database from a variable. */
export function databaseIn(text = ''): Database {
  return JSON.parse(text, (_name, value) =>
    value?.secret === undefined ? value : new Secret(value.secret),
  ) as Database // written by `databaseText`
}

/** In a companion: the database that it was started for. */
export function givenDatabase(): Database {
  return databaseIn(process.env['DATABASE'])
}
