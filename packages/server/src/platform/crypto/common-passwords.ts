import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CommonPasswords } from '../../domain/passwords/password-hasher.ts'

const keyBytes = 5 // of SHA-256; one in 20 million other passwords is taken for one on the list

const folder = import.meta.resolve('@countersign/server/package.json') // also when the program is bundled
const file = new URL('data/common-passwords.bin', folder)

/** Makes the check against the list that comes with this package (`data/README.md`): 250 kB, sorted, read for the first password. */
export function createCommonPasswords(): CommonPasswords {
  let read: Promise<Buffer> | undefined
  return async () => {
    read ??= readFile(file)
    const list = await read
    return (text) => includesKey(list, keyOf(text))
  }
}

/** Makes the content of the file: the first bytes of each password's SHA-256, sorted. */
export function packCommonPasswords(texts: Iterable<string>): Buffer {
  const keys = [...new Set(Array.from(texts, keyOf))].toSorted((a, b) => a - b)
  const packed = Buffer.alloc(keys.length * keyBytes)
  keys.forEach((key, at) => packed.writeUIntBE(key, at * keyBytes, keyBytes))
  return packed
}

/** Binary search. */
function includesKey(list: Buffer, key: number): boolean {
  let [low, high] = [0, list.length / keyBytes]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = list.readUIntBE(middle * keyBytes, keyBytes)
    if (found === key) return true
    if (found < key) low = middle + 1
    else high = middle
  }
  return false
}

function keyOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, keyBytes)
}
