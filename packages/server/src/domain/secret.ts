import { inspect } from 'node:util'

/**
 * Text that proves something: a password on its way to the hasher, a key from a setting. It prints as `[secret]`
 * wherever it lands by mistake; `reveal()` is the only way to the text, so that searching for `reveal` is the audit.
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
