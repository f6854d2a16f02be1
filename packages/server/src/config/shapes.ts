import { z } from 'zod'
import { Secret } from '../domain/secret.ts'

// How the texts of settings become values.

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** A length of time: `15m` becomes 900 seconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhd]$/, 'must be a whole number with s, m, h or d, such as 15m')
  .transform((text) => Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units])

/** A public address, without anything after its path. */
export const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(
    (text) => !/[?#]|\/$/.test(text),
    'must have no query, no fragment and no slash at its end',
  )

/** A port number. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((number) => number >= 1 && number <= 65_535, 'must be from 1 to 65535')

/** A whole number within bounds. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .refine((number) => number >= least && number <= most, `must be from ${least} to ${most}`)

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

/** Where the database is. A URL of PostgreSQL may hold a password, so it is a secret. */
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
