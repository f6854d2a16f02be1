import { readFileSync } from 'node:fs'
import { fail } from '../failures.ts'

/** The text of a file that an argument names. Fails with `argument_invalid`. */
export function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw fail('argument_invalid', { detail: 'a file that is named cannot be read', cause })
  }
}
