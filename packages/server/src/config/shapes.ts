import { z } from 'zod'
import { Secret } from '../domain/secret.ts'

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

/** A secret of at least 32 bytes, in base64. */
export const pepper = z
  .string()
  .refine(
    (text) => /^[\w+/-]{43,}={0,2}$/.test(text) && Buffer.from(text, 'base64').length >= 32,
    'must be at least 32 bytes in base64, from `openssl rand -base64 32`',
  )
  .transform((text) => new Secret(text))

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

/** An address or a network. */
export const address = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'must be addresses or networks, such as 10.0.0.0/8',
)
