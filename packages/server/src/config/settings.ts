import { z } from 'zod'
import { Secret } from '../domain/secret.ts'
import { address, databaseUrl, duration, pepper, port, url, wholeNumber } from './shapes.ts'

/** Development runs on this machine alone with sample users; production does not start with anything unsafe. */
export type Mode = 'development' | 'production'

/** One setting: how its text becomes a value, what it is for, and what it is when nobody sets it. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema
  readonly doc: string
  /** What the text looks like, for help and reference. */
  readonly form: string
  /** The text that is taken when nobody sets it; none: it must be set, or is optional by its schema. */
  readonly default: Readonly<Record<Mode, string | undefined>>
  /** Never shown, never taken as a flag; a file may hold it instead. */
  readonly secret: boolean
}

function setting<Schema extends z.ZodType>(
  schema: Schema,
  form: string,
  fallback: string | undefined | Readonly<Record<Mode, string | undefined>>,
  doc: string,
  { secret = false } = {},
): Setting<Schema> {
  const both =
    typeof fallback === 'object' ? fallback : { development: fallback, production: fallback }
  return { schema, form, default: both, doc, secret }
}

/** LIST 2: every setting. `tokens.lifetime` is that in the file, COUNTERSIGN_TOKENS_LIFETIME and --tokens-lifetime elsewhere. */
export const settings = {
  issuer: {
    url: setting(
      url.optional(),
      'URL',
      undefined,
      'Public address of this server; it is the iss of every token. In development, localhost and the port; else required.',
    ),
  },
  http: {
    host: setting(
      z.string().min(1).max(255),
      'HOST',
      'localhost',
      'Address to listen on. Plain HTTP leaves this machine only when a proxy is declared.',
    ),
    port: setting(port, 'PORT', { development: '5000', production: '8080' }, 'Port to listen on.'),
  },
  proxy: {
    addresses: setting(
      z
        .string()
        .transform((text) =>
          text
            .split(',')
            .map((one) => one.trim())
            .filter((one) => one !== ''),
        )
        .pipe(z.array(address)),
      'LIST',
      '',
      'Addresses of the reverse proxies that end TLS in front of this server, with commas; empty for none.',
    ),
  },
  database: {
    url: setting(
      databaseUrl,
      'URL',
      { development: 'sqlite:data/development.db', production: 'sqlite:data/countersign.db' },
      'Where users and keys are kept: `sqlite:` and a file, or the `postgres://` URL of a database, which may hold a password.',
      { secret: true },
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
        .transform((text) => new Secret(text))
        .optional(),
      'BASE64',
      undefined,
      'Seals the signing keys in the database: 32 random bytes, from `openssl rand -base64 32`. In development made once, beside the database; else required.',
      { secret: true },
    ),
  },
  tokens: {
    audience: setting(
      z.string().min(1).max(255).optional(),
      'NAME',
      undefined,
      'Whom access tokens are for, their aud. By default the issuer URL.',
    ),
    lifetime: setting(
      duration.refine((seconds) => seconds >= 10 && seconds <= 86_400, 'must be from 10s to 24h'),
      'DURATION',
      '15m',
      'How long an access token lives.',
    ),
  },
  sessions: {
    idleLifetime: setting(
      duration.refine((seconds) => seconds >= 60, 'must be at least 1m'),
      'DURATION',
      '14d',
      'How long a session lives without being refreshed.',
    ),
    lifetime: setting(
      duration.refine((seconds) => seconds >= 60, 'must be at least 1m'),
      'DURATION',
      '90d',
      'How long a session lives in any case.',
    ),
    refreshGrace: setting(
      z
        .union([z.literal('0').transform(() => 0), duration], 'must be 0 or a duration such as 10s')
        .refine((seconds) => seconds <= 60, 'must be at most 60s'),
      'DURATION',
      '10s',
      'How long a used refresh token is taken for a retry whose answer got lost, and gets the same successor; `0` for never.',
    ),
  },
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
      z
        .string()
        .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
        .pipe(z.array(pepper))
        .optional(),
      'LIST',
      undefined,
      'Peppers of older hashes, with commas or on lines of their own; each is replaced by the pepper at the next sign-in.',
      { secret: true },
    ),
  },
  users: {
    registration: setting(
      z.enum(['open', 'closed'], 'must be open or closed'),
      'WORD',
      'closed',
      'Who makes users: with `open` anybody, by POST /register; with `closed` the operator alone.',
    ),
  },
  log: {
    level: setting(
      z.enum(
        ['debug', 'info', 'warn', 'error', 'silent'],
        'must be debug, info, warn, error or silent',
      ),
      'LEVEL',
      'info',
      'How much is logged.',
    ),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Setting>>>>

type Settings = typeof settings

/** Every setting's value, and the mode that decided the defaults. */
export type Config = {
  readonly [Group in keyof Settings]: {
    readonly [Name in keyof Settings[Group]]: Settings[Group][Name] extends Setting<infer S>
      ? z.output<S>
      : never
  }
} & { readonly mode: Mode }

/** A setting under its three names. */
export interface NamedSetting {
  readonly group: string
  readonly name: string
  /** In a file: `tokens.lifetime`. */
  readonly key: string
  /** In the environment: `COUNTERSIGN_TOKENS_LIFETIME`. */
  readonly variable: string
  /** On the command line: `tokens-lifetime`. */
  readonly flag: string
  readonly setting: Setting
}

/** The list, flat, each setting with the names that follow from its place. */
export const namedSettings: readonly NamedSetting[] = Object.entries(settings).flatMap(
  ([group, members]) =>
    Object.entries(members).map(([name, one]: [string, Setting]) => {
      const key = `${group}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
      const variable = `COUNTERSIGN_${key.replace('.', '_').toUpperCase()}`
      return { group, name, key, variable, flag: key.replace(/[._]/g, '-'), setting: one }
    }),
)
