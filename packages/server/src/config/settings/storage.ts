import { z } from 'zod'
import { Secret } from '../../domain/kernel/secret.ts'
import { setting, type SettingGroups } from '../setting.ts'
import { databaseUrl, duration, secretList, signingAlgorithm, wholeNumber } from '../shapes.ts'

/** Where things are kept, and what seals them. */
export const storage = {
  database: {
    url: setting(
      databaseUrl,
      'URL',
      { development: 'sqlite:data/development.db', production: 'sqlite:data/countersign.db' },
      'Where users and keys are kept: `sqlite:` and a file, or the `postgres://` URL of a database, which may hold a password.',
      { secret: true },
    ),
    migrations: setting(
      z.enum(['apply', 'expect'], 'must be apply or expect'),
      'WORD',
      'apply',
      'With `apply`, whoever opens the database brings its tables up to date; with `expect`, only `countersign migrate apply` does.',
    ),
    poolSize: setting(
      wholeNumber(1, 100),
      'NUMBER',
      '8',
      'Connections to PostgreSQL at most, for each process.',
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
      'Seals the signing keys in the database: 32 random bytes, from `openssl rand -base64 32`. In development made once, beside the database; else required.',
      { secret: true },
    ),
    previousEncryptionKeys: setting(
      secretList,
      'LIST',
      undefined,
      'What else may open what is sealed, with commas: the encryption key before, or the one that comes next. Everything is sealed anew at start.',
      { secret: true },
    ),
    algorithm: setting(
      signingAlgorithm,
      'NAME',
      'ES256',
      'What the next signing key signs with; changing it ends no token. The same at every server.',
    ),
    rotationPeriod: setting(
      duration.refine((seconds) => seconds >= 86_400, 'must be at least 1d'),
      'DURATION',
      '90d',
      'How long a signing key signs. The next one is published all the while.',
    ),
    publicationLead: setting(
      duration.refine((seconds) => seconds >= 3600, 'must be at least 1h'),
      'DURATION',
      '2d',
      'How long a signing key is published, at least, before it signs: longer than any guard goes without looking.',
    ),
  },
} as const satisfies SettingGroups
