import { inspect } from 'node:util'

/**
 * Whether everybody on a machine can read a file of that mode. What lies in /run/secrets was put there by Docker or its like, readable for all
 * by custom, and nobody else is in the container. Pure.
 */
export function isWorldReadableMode(path: string, mode: number): boolean {
  return (mode & 0o007) !== 0 && !path.startsWith('/run/secrets/')
}

/**
 * Text that proves something: a password on its way to the hasher, a key from a setting. It prints as `[secret]`
 * wherever it lands by mistake; `reveal()` is the only way to the text, so that searching for `reveal` is the audit.
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

  /** The text itself. */
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
