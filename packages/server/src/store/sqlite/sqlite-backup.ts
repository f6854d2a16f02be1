import { isCountersignError } from '@countersign/token'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { fail } from '../../failures.ts'

const pagesAtOnce = 1_000 // some 4 MB, after which it is said how far it is

/**
 * Copies a SQLite database while others read and write it, and checks the copy before it gets its name: one file of mode 0600 that needs
 * no other beside it. Answers its size in bytes.
 *
 * Fails with `backup_failed`: nothing is overwritten, not even what another backup to the same name has begun, and of a copy that
 * failed nothing is left.
 */
export async function backUpSqlite(
  file: string,
  to: string,
  onProgress: (share: number) => void,
): Promise<number> {
  if (!existsSync(file)) throw failed('there is no database yet')
  if (existsSync(to)) throw failed('a file of that name is there already')
  const partial = `${to}.partial`
  makeAnew(partial)
  try {
    await copy(file, partial, onProgress)
    onProgress(1)
    check(partial)
    flush(partial)
    if (existsSync(to)) throw failed('a file of that name has come meanwhile')
    renameSync(partial, to)
    flush(dirname(to)) // the name, too, outlives a power cut
    return statSync(to).size
  } catch (cause) {
    rmSync(partial, { force: true })
    throw isOurs(cause) ? cause : failed('it could not be read, or not be written', cause)
  }
}

/**
 * The copy is of one moment, the one at which it begins. Without the transaction SQLite would begin anew whenever somebody else writes, and on
 * a busy server never come to an end.
 */
async function copy(file: string, to: string, onProgress: (share: number) => void): Promise<void> {
  using source = new DatabaseSync(file, { timeout: 10_000 }) // milliseconds, where somebody keeps it locked
  source.exec('begin')
  source.prepare('select count(*) from sqlite_schema').get() // a transaction begins with its first look
  await backup(source, to, {
    rate: pagesAtOnce,
    progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / totalPages),
  })
}

/** Whether the copy is whole. It keeps no log beside it from then on: the file alone can be taken elsewhere. */
function check(file: string): void {
  using copied = new DatabaseSync(file)
  copied.exec('pragma journal_mode = delete')
  const [first] = copied.prepare('pragma integrity_check').all()
  const orphans = copied.prepare('pragma foreign_key_check').all()
  if (first?.['integrity_check'] !== 'ok' || orphans.length > 0)
    throw failed('the copy is not whole, and so the database may not be')
}

/** Made by us or not at all; and readable for its owner alone before there is anything in it. */
function makeAnew(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    const detail = existsSync(file)
      ? 'another backup to it is under way; if none is, remove the file with .partial at its end'
      : 'its file cannot be made'
    throw failed(detail, cause)
  }
}

function flush(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

const failed = (detail: string, cause?: unknown) => fail('backup_failed', { detail, cause })

function isOurs(error: unknown): boolean {
  return isCountersignError(error) && error.code === 'backup_failed'
}
