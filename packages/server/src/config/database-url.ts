import * as z from 'zod'
import { Secret } from '../domain/kernel/secret.ts'

const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']

/** A SQLite file, or the URL of a PostgreSQL database. No message quotes it, because it may contain a password. */
export const databaseUrl = z
  .string()
  .superRefine((text, { addIssue }) => {
    const message = /^sqlite:./.test(text) ? undefined : problemOf(text, sqliteOrPostgres)
    if (message !== undefined) addIssue({ code: 'custom', message })
  })
  .transform((text) =>
    text.startsWith('sqlite:')
      ? { kind: 'sqlite' as const, file: text.slice('sqlite:'.length) }
      : { kind: 'postgres' as const, url: new Secret(text) },
  )

/** The URL of a PostgreSQL database. */
export const postgresUrl = z
  .string()
  .superRefine((text, { addIssue }) => {
    const message = problemOf(text)
    if (message !== undefined) addIssue({ code: 'custom', message })
  })
  .transform((text) => new Secret(text))

/** Explains why text is no URL of PostgreSQL. The driver would ignore a wrong `sslmode`, and take several hosts for one name. */
function problemOf(text: string, wanted = 'must begin with postgres://'): string | undefined {
  if (!/^postgres(ql)?:\/\/./.test(text)) return wanted
  const [, authority = ''] = /^\w+:\/\/([^/?#]*)/.exec(text) ?? []
  if (authority.slice(authority.lastIndexOf('@') + 1).includes(',')) return severalHosts
  const url = URL.parse(text.replace('@/', '@localhost/')) // libpq lets the host be missing where the query names it
  if (!url)
    return 'is not a valid URL: in user and password, special characters are percent-encoded (@ is %40, / is %2F), and the port is a number'
  if (url.searchParams.get('host')?.includes(',')) return severalHosts
  const mode = url.searchParams.get('sslmode')
  return mode === null || sslModes.includes(mode)
    ? undefined
    : `has an unknown sslmode; it must be one of ${sslModes.join(', ')}, and verify-full is the safe one`
}

const sqliteOrPostgres =
  'must be sqlite: and a file, such as sqlite:data/countersign.db, or a URL that begins with postgres://'
const severalHosts =
  'names several hosts, which is not supported: use a name or a proxy that follows the primary'
