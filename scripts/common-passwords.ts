// npm run common-passwords [-- --check]: writes packages/server/data/common-passwords.bin from the list of zxcvbn-ts, or only checks it.
import { dictionary } from '@zxcvbn-ts/language-common'
import { readFileSync, writeFileSync } from 'node:fs'
import { packCommonPasswords } from '../packages/server/src/platform/crypto/common-passwords.ts'

const file = new URL('../packages/server/data/common-passwords.bin', import.meta.url)
const list: readonly string[] = dictionary['passwords-common']
const packed = packCommonPasswords(list.map((text) => text.toLowerCase()))

if (!process.argv.includes('--check')) writeFileSync(file, packed)
else if (!readFileSync(file).equals(packed)) {
  console.error('common-passwords.bin is stale: run `npm run common-passwords`')
  process.exitCode = 1
}
