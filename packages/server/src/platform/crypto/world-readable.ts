import { realpathSync, statSync } from 'node:fs'
import { isWorldReadableMode } from '../../domain/kernel/secret.ts'

/** Whether everybody on this machine can read a file, by the file that a path leads to; never where modes say nothing. Throws what the platform does for one that is not there. */
export function isWorldReadable(path: string): boolean {
  if (process.platform === 'win32') return false
  return isWorldReadableMode(realpathSync(path), statSync(path).mode)
}
