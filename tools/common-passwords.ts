// Writes packages/server/data/common-passwords.bin from the list of zxcvbn-ts: `npm run common-passwords`.
import { dictionary } from '@zxcvbn-ts/language-common'
import { writeFileSync } from 'node:fs'
import { packCommonPasswords } from '../packages/server/src/platform/crypto/common-passwords.ts'

/** The file, relative to this one. */
export const commonPasswordsFile = new URL(
  '../packages/server/data/common-passwords.bin',
  import.meta.url,
)

/** What the file holds: every entry of the list, in lower case. */
export function commonPasswords(): Buffer {
  const list: readonly string[] = dictionary['passwords-common']
  return packCommonPasswords(list.map((text) => text.toLowerCase()))
}

if (import.meta.main) writeFileSync(commonPasswordsFile, commonPasswords())
