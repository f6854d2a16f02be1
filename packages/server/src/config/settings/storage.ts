import * as z from 'zod'
import { Secret } from '../../domain/kernel/secret.ts'
import { setting, type SettingGroups } from '../setting.ts'
import { databaseUrl, postgresUrl } from '../database-url.ts'
import { duration, secretList, algorithmList, wholeNumber } from '../shapes.ts'

/** The database, and the keys that sign and encrypt. */
export const storage = {
  database: {
    url: setting(
      databaseUrl,
      'URL',
      { development: 'sqlite:data/development.db', production: 'sqlite:data/countersign.db' },
      'The database: `sqlite:` and a file, or a `postgres://` URL, which may contain a password.',
      { secret: true },
    ),
    migrations: setting(
      z.enum(['apply', 'expect'], 'must be apply or expect'),
      'WORD',
      'apply',
      'With `apply`, servers and commands run pending migrations; with `expect`, only `countersign migrate apply` does.',
    ),
    poolSize: setting(
      wholeNumber(1, 100),
      'NUMBER',
      '8',
      'Maximum number of PostgreSQL connections of each process.',
    ),
    listenUrl: setting(
      postgresUrl.optional(),
      'URL',
      undefined,
      'The PostgreSQL URL on which to listen for changes that other servers make; without it `database.url`. Needed if `database.url` leads to a pooler in transaction mode, which delivers no notifications.',
      { secret: true },
    ),
    readUrl: setting(
      postgresUrl.optional(),
      'URL',
      undefined,
      'The URL of a PostgreSQL replica, for what may be some seconds old: lists of users, invitations and the audit log, and its export. Sessions, keys and limits are always read from `database.url`, and all if the replica does not answer.',
      { secret: true },
    ),
    preparedStatements: setting(
      z.enum(['auto', 'on', 'off'], 'must be auto, on or off'),
      'WORD',
      'auto',
      'Whether PostgreSQL prepares the statements that run often. With `auto`, on connections without a pooler; `on` is for poolers that keep prepared statements, such as PgBouncer 1.21 with `max_prepared_statements`.',
    ),
  },
  keys: {
    encryptionKey: setting(
      z
        .string()
        .min(1, 'is empty')
        .transform((text) => new Secret(text))
        .optional(),
      'BASE64',
      undefined,
      'Encrypts the signing keys in the database: 32 random bytes, from `openssl rand -base64 32`. In development a key file is generated beside the database. Required in production.',
      { secret: true },
    ),
    previousEncryptionKeys: setting(
      secretList,
      'LIST',
      undefined,
      'Other keys that can decrypt stored secrets, separated by commas: previous encryption keys, or the next one. Secrets are re-encrypted at start.',
      { secret: true },
    ),
    algorithms: setting(
      algorithmList,
      'LIST',
      'ES256',
      'Algorithms of the signing keys, separated by commas, each with keys of its own. The first one signs the tokens of sign-ins, and those of resources that name none. Existing tokens stay valid. Must be the same on every server.',
    ),
    rotationPeriod: setting(
      duration.refine((seconds) => seconds >= 86_400, 'must be at least 1d'),
      'DURATION',
      '90d',
      'How long a signing key is active. The next one is published meanwhile.',
    ),
    publicationLead: setting(
      duration.refine((seconds) => seconds >= 3600, 'must be at least 1h'),
      'DURATION',
      '2d',
      'Minimum time that a signing key is published before it signs; must exceed the time that guards cache keys.',
    ),
  },
} as const satisfies SettingGroups
