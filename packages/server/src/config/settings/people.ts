import * as z from 'zod'
import { setting, type SettingGroups } from '../setting.ts'
import { pepper, pepperList, roleList, wholeNumber } from '../shapes.ts'

/** Users and their passwords. */
export const people = {
  passwords: {
    minLength: setting(
      wholeNumber(8, 128),
      'NUMBER',
      '15',
      'Minimum length of a new password in characters (NIST SP 800-63B-4: 15 if it is the only factor).',
    ),
    minLengthWithFactor: setting(
      wholeNumber(8, 128),
      'NUMBER',
      '8',
      'The same for users who have a second factor; at most `passwords.min_length`.',
    ),
    // OWASP's minimum for Argon2id; tests use less, with a hasher of their own.
    hashMemory: setting(
      wholeNumber(19_456, 1_048_576),
      'KIB',
      '19456',
      'Memory of Argon2id for each password, in KiB. Weaker hashes are renewed at the next sign-in.',
    ),
    hashPasses: setting(
      wholeNumber(2, 100),
      'NUMBER',
      '2',
      'Number of passes of Argon2id over that memory.',
    ),
    hashParallelism: setting(wholeNumber(1, 16), 'NUMBER', '1', 'Parallelism (lanes) of Argon2id.'),
    pepper: setting(
      pepper.optional(),
      'BASE64',
      undefined,
      'A secret in every password hash that is never stored in the database: at least 32 random bytes, from `openssl rand -base64 32`. If it is lost, all passwords are lost.',
      { secret: true },
    ),
    previousPeppers: setting(
      pepperList.optional(),
      'LIST',
      undefined,
      'Peppers of older hashes, separated by commas or line breaks; a hash moves to the current pepper at the next sign-in.',
      { secret: true },
    ),
  },
  users: {
    registration: setting(
      z.enum(['open', 'invitation', 'closed'], 'must be open, invitation or closed'),
      'WORD',
      'closed',
      'Who can register, by POST /register: everyone with `open`, holders of an invitation with `invitation`, with `closed` only the operator adds users.',
    ),
  },
  factors: {
    requiredFor: setting(
      roleList,
      'LIST',
      '',
      'Roles whose users must sign in with a second factor, separated by commas, such as `admin`; `*` for all users. Users who have a second factor always must.',
    ),
  },
} as const satisfies SettingGroups
