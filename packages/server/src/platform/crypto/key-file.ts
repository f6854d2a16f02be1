import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Random } from '../../domain/kernel/ports.ts'
import { Secret } from '../../domain/kernel/secret.ts'

/**
 * The key-encryption key of development: made on the first start, readable for its owner alone, and read ever after.
 *
 * Written whole under another name and then linked, which fails when the file is there: of two processes that start at
 * once, both read the same key.
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
