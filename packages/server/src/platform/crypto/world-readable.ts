import { realpathSync, statSync } from 'node:fs'
import { isWorldReadableMode } from '../../domain/kernel/secret.ts'

/** Returns whether every user of this machine can read the file that a path leads to; always false on Windows, where modes mean nothing. Throws for a missing file. */
export function isWorldReadable(path: string): boolean {
  if (process.platform === 'win32') return false
  return isWorldReadableMode(realpathSync(path), statSync(path).mode)
}
