import { isCountersignError } from '@countersign/token'
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { fail } from '../../failures.ts'

const pagesPerStep = 1_000 // some 4 MB between two reports of progress

/**
 * Copies a SQLite database while it is in use, and checks the copy before renaming it to its final name: a single file of mode 0600, without
 * a write-ahead log. Returns its size in bytes.
 *
 * Fails with `backup_failed`. Never overwrites a file, not even the partial file of another backup; removes its own after a failure.
 */
export async function backUpSqlite(
  file: string,
  to: string,
  onProgress: (share: number) => void,
): Promise<number> {
  if (!existsSync(file)) throw failed('the database does not exist yet')
  if (existsSync(to))
    throw failed('the file exists already, and a backup overwrites none; choose another name')
  const partial = `${to}.partial`
  createExclusively(partial)
  try {
    await copy(file, partial, onProgress)
    onProgress(1)
    check(partial)
    flush(partial)
    if (existsSync(to)) throw failed('the file was created by another program meanwhile')
    renameSync(partial, to)
    flush(dirname(to)) // so that the name survives a power cut, too
    return statSync(to).size
  } catch (cause) {
    rmSync(partial, { force: true })
    throw isBackupFailure(cause)
      ? cause
      : failed('the database could not be read or the copy could not be written', cause)
  }
}

/**
 * Copies the state at one moment, the start of the copy. Without the transaction SQLite would restart the copy after every write, and
 * never finish on a busy server.
 */
async function copy(file: string, to: string, onProgress: (share: number) => void): Promise<void> {
  using source = new DatabaseSync(file, { timeout: 10_000 }) // milliseconds, while another process has it locked
  source.exec('begin')
  source.prepare('select count(*) from sqlite_schema').get() // a transaction starts with its first read
  await backup(source, to, {
    rate: pagesPerStep,
    progress: ({ totalPages, remainingPages }) => onProgress(1 - remainingPages / totalPages),
  })
}

/** Checks that the copy is intact. Turns off its write-ahead log, so that the file is complete on its own. */
function check(file: string): void {
  using copied = new DatabaseSync(file)
  copied.exec('pragma journal_mode = delete')
  const [first] = copied.prepare('pragma integrity_check').all()
  const orphans = copied.prepare('pragma foreign_key_check').all()
  if (first?.['integrity_check'] !== 'ok' || orphans.length > 0)
    throw failed('the copy is corrupt, so the database may be, too')
}

/** Creates a file that does not exist yet, readable by its owner only, before it has content. */
function createExclusively(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (cause) {
    const detail = existsSync(file)
      ? 'another backup to this file is running; if none is, remove the .partial file'
      : 'the file cannot be created'
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

function isBackupFailure(error: unknown): boolean {
  return isCountersignError(error) && error.code === 'backup_failed'
}
