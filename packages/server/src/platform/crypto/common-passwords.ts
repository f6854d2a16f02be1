import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { CommonPasswords } from '../../domain/passwords/password-hasher.ts'

const width = 5 // bytes of SHA-256 of each; one in 20 million other texts is taken for one on the list

const folder = import.meta.resolve('@countersign/server/package.json') // also where the program is bundled
const file = new URL('data/common-passwords.bin', folder)

/** The list that comes with this package (`data/README.md`), read when the first password is judged: 250 kB, sorted. */
export function createCommonPasswords(): CommonPasswords {
  let read: Promise<Buffer> | undefined
  return async () => {
    read ??= readFile(file)
    const list = await read
    return (text) => holds(list, keyOf(text))
  }
}

/** What stands in the file for each text: the start of its SHA-256, in order. */
export function packCommonPasswords(texts: Iterable<string>): Buffer {
  const keys = [...new Set(Array.from(texts, keyOf))].toSorted((a, b) => a - b)
  const packed = Buffer.alloc(keys.length * width)
  keys.forEach((key, at) => packed.writeUIntBE(key, at * width, width))
  return packed
}

function holds(list: Buffer, key: number): boolean {
  let [low, high] = [0, list.length / width]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = list.readUIntBE(middle * width, width)
    if (found === key) return true
    if (found < key) low = middle + 1
    else high = middle
  }
  return false
}

function keyOf(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, width)
}
