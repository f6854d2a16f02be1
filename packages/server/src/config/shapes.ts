import { z } from 'zod'
import { Secret } from '../domain/kernel/secret.ts'

// What the texts of settings become.

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** A duration such as `15m`, as seconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhd]$/, 'must be a whole number with s, m, h or d, such as 15m')
  .transform((text) => Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units])

/** An http or https address to build others on. */
export const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(
    (text) => !/[?#]|\/$/.test(text),
    'must have no query, no fragment and no slash at its end',
  )

/** A port to listen on. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((number) => number >= 1 && number <= 65_535, 'must be from 1 to 65535')

/** A whole number within bounds. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, 'must be a whole number')
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be from ${least} to ${most}`)

/** Something to have or not. */
export const yesOrNo = z
  .enum(['yes', 'no'], 'must be yes or no')
  .transform((word) => word === 'yes')

/** What turns something off. */
export const off = z.literal('0')

/** So many in so much time: `30/1m`; `0` becomes null, no limit. */
export const rate = z.union(
  [
    off.transform(() => null),
    z
      .string()
      .regex(/^[1-9]\d{0,5}\/[1-9]\d{0,6}[smhd]$/)
      .transform((text) => text.split('/') as [string, string])
      .transform(([capacity, period]) => ({
        capacity: Number(capacity),
        period: duration.parse(period),
      })),
  ],
  'must be a number and a duration, such as 30/1m, or 0 for no limit',
)

/** A secret that is sent as a bearer token (RFC 6750, section 2.1). */
export const token = z
  .string()
  .regex(/^[\w.~+/-]{32,512}=*$/, 'must be at least 32 characters, from `openssl rand -base64 32`')
  .transform((text) => new Secret(text))

/** A secret of at least 32 bytes, in base64. */
export const pepper = z
  .string()
  .refine(
    (text) => /^[\w+/-]{43,}={0,2}$/.test(text) && Buffer.from(text, 'base64').length >= 32,
    'must be at least 32 bytes in base64, from `openssl rand -base64 32`',
  )
  .transform((text) => new Secret(text))

/** Several such secrets, with commas or on lines of their own. */
export const pepperList = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
  .pipe(z.array(pepper))

/** A SQLite file, or the URL of a PostgreSQL database. */
export const databaseUrl = z
  .string()
  .refine(
    (text) => /^sqlite:./.test(text) || (/^postgres(ql)?:\/\/./.test(text) && URL.canParse(text)),
    'must be sqlite: and a file, such as sqlite:data/countersign.db, or a URL that begins with postgres://',
  )
  .transform((text) =>
    text.startsWith('sqlite:')
      ? { kind: 'sqlite' as const, file: text.slice('sqlite:'.length) }
      : { kind: 'postgres' as const, url: new Secret(text) },
  )

const address = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'must be addresses or networks, such as 10.0.0.0/8',
)

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
)

/** Addresses and networks, with commas between. */
export const addressList = list.pipe(z.array(address))

/** Origins as browsers write them, with commas between; no `*`, no `null`, and nothing that would be compared in vain. */
export const originList = list.pipe(
  z.array(
    z
      .string()
      .refine(
        (text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text,
        'must be origins, such as https://app.example.com, without a path or a slash at the end',
      ),
  ),
)

const names = [
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const),
]

/** What a server may sign with: a shared secret cannot be published. A test holds it against the table in token. */
export const signingAlgorithm = z.enum(names, `must be one of ${names.join(', ')}`)

/** Secrets with commas or blanks between; none when nobody sets it. */
export const secretList = z
  .string()
  .optional()
  .transform((text) => (text?.match(/[^\s,]+/g) ?? []).map((one) => new Secret(one)))

/** A word or a path: text of some characters. */
export const text = (most: number) =>
  z
    .string()
    .refine(
      ({ length }) => length >= 1 && length <= most,
      `must be text of 1 to ${most} characters`,
    )
