import { realpathSync, statSync } from 'node:fs'
import { liesOpen } from '../domain/secret.ts'
import { fail } from '../failures.ts'
import type { Config } from './settings.ts'

/** Refuses secrets in files that everybody on this machine can read. Fails with `setting_invalid`. */
export function assertSecretFiles({ secretFiles }: Pick<Config, 'secretFiles'>): void {
  if (process.platform === 'win32') return // where modes say nothing
  const open = secretFiles.find(({ path }) => liesOpen(realpathSync(path), statSync(path).mode))
  if (open)
    throw fail('setting_invalid', {
      detail: `everybody on this machine can read the file that holds ${open.key}; chmod 600 it`,
    })
}
