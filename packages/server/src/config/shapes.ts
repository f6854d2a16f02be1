import { isLoopback, isOrigin, startOfDay } from '@countersign/token/internal'
import * as z from 'zod'
import { Secret } from '../domain/kernel/secret.ts'

// Schemas for the texts of settings: each checks a text and converts it.

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const

/** A duration such as `15m`, as seconds. */
export const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhd]$/, 'must be a whole number with s, m, h or d, such as 15m')
  .transform((text) => Number(text.slice(0, -1)) * units[text.slice(-1) as keyof typeof units])

/** An http or https URL that paths are appended to. */
export const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .refine(
    (text) => !/[?#]|\/$/.test(text),
    'must have no query, no fragment and no slash at the end',
  )

/** An origin that speaks plain http, as browsers write it. */
export const httpOrigin = z
  .string()
  .refine(
    (text) => text.startsWith('http:') && URL.canParse(text) && new URL(text).origin === text,
    'must be an http origin such as http://auth:8080, without a path or a slash at the end',
  )

/** A port to listen on. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((number) => number >= 1 && number <= 65_535, 'must be from 1 to 65535')

/** A whole number within bounds. */
export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,7}$/, 'must be a whole number')
    .transform(Number)
    .refine((number) => number >= min && number <= max, `must be from ${min} to ${max}`)

/** `yes` or `no`. */
export const yesOrNo = z
  .enum(['yes', 'no'], 'must be yes or no')
  .transform((word) => word === 'yes')

/** A day, such as `2027-03-01`. */
export const day = z
  .string()
  .refine((text) => startOfDay(text) !== undefined, 'must be a day such as 2027-03-01')

/** `0`, which turns something off. */
export const off = z.literal('0')

/** A rate such as `30/1m`; `0` becomes null, no limit. */
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

/** Several peppers, separated by commas or line breaks. */
export const pepperList = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
  .pipe(z.array(pepper))

const address = z.union(
  [z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()],
  'must be addresses or networks, such as 10.0.0.0/8',
)

const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== ''),
)

/** Addresses and networks, separated by commas. */
export const addressList = commaList.pipe(z.array(address))

/** Origins exactly as browsers send them, of pages and of applications, separated by commas; no `*` and no `null`. */
export const originList = commaList.pipe(
  z.array(
    z
      .string()
      .refine(
        isOrigin,
        'must be origins such as https://app.example.com or capacitor://localhost, without a path or a slash at the end',
      ),
  ),
)

const names = [
  ...(['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'RS512'] as const),
  ...(['PS256', 'PS384', 'PS512', 'ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'] as const),
]

/** An algorithm with a public key: a shared secret could not be published. A test compares the list with the table in `token`. */
export const signingAlgorithm = z.enum(names, `must be one of ${names.join(', ')}`)

/** Algorithms with public keys, each once, separated by commas. */
export const algorithmList = commaList
  .pipe(z.array(signingAlgorithm))
  .refine((list) => new Set(list).size === list.length, 'must name each algorithm once')
  .pipe(z.tuple([signingAlgorithm], signingAlgorithm, 'must name an algorithm'))

/** Hosts of https URLs, with a port unless it is 443, separated by commas; `*` for every host. */
export const hostList = commaList
  .pipe(
    z.array(
      z
        .string()
        .refine(
          (text) =>
            text === '*' ||
            (URL.canParse(`https://${text}`) && new URL(`https://${text}`).host === text),
          'must be hosts such as claude.ai, without https:// and path, or * for every host',
        ),
    ),
  )
  .transform((hosts) => (hosts.includes('*') ? ('any' as const) : hosts))

/** The issuer of another server, as it writes it itself: an https URL, or one of http on this machine. */
export const issuerUrl = z.string().refine((text) => {
  if (!URL.canParse(text) || /[?#@]/.test(text)) return false
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}, 'must be an https URL without query and fragment; http is for this machine only')

/** Words such as scopes (RFC 6749, section 3.3), separated by commas or spaces. */
export const wordList = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((one) => one !== ''))
  .pipe(
    z.array(
      z.string().regex(/^[\x21\x23-\x5B\x5D-\x7E]{1,128}$/, 'must be words of ASCII characters'),
    ),
  )

/** Domain names in lower case and ASCII, separated by commas. */
export const domainList = commaList.pipe(
  z.array(
    z
      .string()
      .regex(
        /^[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+$/,
        'must be domains such as example.com, in lower case and ASCII',
      ),
  ),
)

/** Roles, separated by commas; `*` for all users. */
export const roleList = commaList
  .pipe(
    z.array(
      z
        .string()
        .regex(
          /^(?:\*|[a-z0-9][a-z0-9._:-]{0,63})$/,
          'must be roles such as admin, separated by commas, or * for all users',
        ),
    ),
  )
  .transform((roles) => (roles.includes('*') ? ('everyone' as const) : roles))

/** Secrets, separated by commas or spaces; an empty list if not set. */
export const secretList = z
  .string()
  .optional()
  .transform((text) => (text?.match(/[^\s,]+/g) ?? []).map((one) => new Secret(one)))

/** The address of a mail's sender: `no-reply@example.com`, or with a name before it. */
export const mailAddress = z
  .string()
  .regex(
    /^(?:[^<>"\r\n,;:]{1,100} <[^\s<>@,;:]{1,64}@[^\s<>@,;:]{1,253}>|[^\s<>@,;:]{1,64}@[^\s<>@,;:]{1,253})$/,
    'must be an address such as no-reply@example.com or Example <no-reply@example.com>',
  )

/** Text of limited length. */
export const text = (maxLength: number) =>
  z
    .string()
    .refine(
      ({ length }) => length >= 1 && length <= maxLength,
      `must be text of 1 to ${maxLength} characters`,
    )
