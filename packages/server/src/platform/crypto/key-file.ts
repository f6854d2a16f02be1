import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Random } from '../../domain/kernel/ports.ts'
import { Secret } from '../../domain/kernel/secret.ts'

/**
 * Returns the key-encryption key of development. Creates its file on the first start, readable by its owner only.
 *
 * The file is written under another name and then linked, which fails if it exists: two processes that start at once read the same key.
 */
export function developmentKey(path: string, random: Random): Secret {
  const draft = `${path}.${random.bytes(6).toString('hex')}`
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(draft, `${random.bytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
  return new Secret(readFileSync(path, 'utf8').trim())
}
