import { z } from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { pepper, pepperList, wholeNumber } from '../shapes.ts'

/** Users and their passwords. */
export const people = {
  passwords: {
    minLength: setting(
      wholeNumber(8, 128),
      'NUMBER',
      '15',
      'Fewest characters of a new password (NIST SP 800-63B-4: 15 where it is the only factor).',
    ),
    // OWASP's least for Argon2id; tests take less by a hasher of their own.
    hashMemory: setting(
      wholeNumber(19_456, 1_048_576),
      'KIB',
      '19456',
      'Memory that Argon2id fills for each password, in KiB. Weaker hashes are renewed at the next sign-in.',
    ),
    hashPasses: setting(
      wholeNumber(2, 100),
      'NUMBER',
      '2',
      'How often Argon2id passes over that memory.',
    ),
    hashParallelism: setting(wholeNumber(1, 16), 'NUMBER', '1', 'Lanes of Argon2id.'),
    pepper: setting(
      pepper.optional(),
      'BASE64',
      undefined,
      'A secret that goes into every password hash and never into the database: at least 32 random bytes, from `openssl rand -base64 32`. Whoever loses it loses all passwords.',
      { secret: true },
    ),
    previousPeppers: setting(
      pepperList.optional(),
      'LIST',
      undefined,
      'Peppers of older hashes, with commas or on lines of their own; each is replaced by the pepper at the next sign-in.',
      { secret: true },
    ),
  },
  users: {
    registration: setting(
      z.enum(['open', 'invitation', 'closed'], 'must be open, invitation or closed'),
      'WORD',
      'closed',
      'Who makes users: with `open` anybody, by POST /register; with `invitation` whoever has one; with `closed` the operator alone.',
    ),
  },
} as const satisfies SettingGroups
