import { sha256 } from '@countersign/token/internal'
import { inspect } from 'node:util'

/**
 * Text that proves something: a password on its way to the hasher, a key from a setting. It prints as `[secret]`
 * if it is printed by mistake; `reveal()` is the only way to the text, so that searching for `reveal` is the audit.
 *
 * @example
 * import { Secret } from '@countersign/server'
 *
 * const password = new Secret('correct horse battery staple')
 * console.log(`${password}`) // [secret]
 * console.log(password.reveal().length) // 28
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** Returns the text itself. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}

/**
 * Hashes a secret that was made at random, such as a refresh token or an invitation, for storing: it cannot be guessed, so a plain SHA-256 hides
 * it. Not for passwords.
 */
export function hashOf(secret: Secret): string {
  return sha256(secret.reveal())
}

const checksumLength = 6 // characters of base64url

/** Appends a checksum to a text that was made at random, which tells a mistyped or damaged secret from a right one. It protects nothing. */
export function withChecksum(text: string): Secret {
  return new Secret(text + checksumOf(text))
}

/** Returns whether a text ends with the checksum of what is before it. */
export function hasChecksum(presented: Secret): boolean {
  const text = presented.reveal()
  return checksumOf(text.slice(0, -checksumLength)) === text.slice(-checksumLength)
}

function checksumOf(text: string): string {
  return sha256(text).slice(0, checksumLength)
}

/**
 * Returns whether every user of a machine can read a file with that mode. Files in /run/secrets are readable for all by Docker's convention, and
 * the container has no other users. Pure.
 */
export function isWorldReadableMode(path: string, mode: number): boolean {
  return (mode & 0o007) !== 0 && !path.startsWith('/run/secrets/')
}
