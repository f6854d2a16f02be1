import { parseJsonObject, type Seconds } from '@countersign/token/internal'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fail } from '../failures.ts'
import type { IssuedTokens, SignInAt } from './device-sign-in.ts'

/** The sign-in of a terminal, as its file has it. */
export interface StoredSignIn extends SignInAt {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresAt: Seconds
}

/** Returns the file of the sign-in: the one that was named, or `countersign/login.json` in the folder of the user's settings. */
export function signInFile(named: string | undefined): string {
  const folder = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config')
  return named ?? join(folder, 'countersign', 'login.json')
}

/** Returns a sign-in with the tokens that a server issued now. */
export function toStored(at: SignInAt, tokens: IssuedTokens, now: Seconds): StoredSignIn {
  const { access_token: accessToken, refresh_token: refreshToken, expires_in } = tokens
  const { issuer, client } = at
  return { issuer, client, accessToken, refreshToken, expiresAt: now + expires_in }
}

/** Writes the file, which only its user can read. It is replaced as a whole: another command reads the tokens before or after. */
export function writeSignIn(file: string, signIn: StoredSignIn): void {
  const next = `${file}.${process.pid}`
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  rmSync(next, { force: true })
  writeFileSync(next, `${JSON.stringify(signIn, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  renameSync(next, file)
}

/** Reads the file. Fails with `not_signed_in`. */
export function readSignIn(file: string): StoredSignIn {
  const stored = parseJsonObject(readOr(file)) as Partial<StoredSignIn> | undefined
  const { issuer, client, accessToken, refreshToken, expiresAt } = stored ?? {}
  const texts = [issuer, client, accessToken, refreshToken]
  if (stored && texts.every((one) => typeof one === 'string') && typeof expiresAt === 'number')
    return stored as StoredSignIn // every member was checked
  throw fail('not_signed_in')
}

/** Deletes the file. */
export function deleteSignIn(file: string): void {
  rmSync(file, { force: true })
}

function readOr(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw fail('not_signed_in', { cause })
  }
}
