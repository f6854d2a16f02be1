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

/** Explains why text is no URL of PostgreSQL. A wrong `sslmode` or time-out would be ignored. */
function problemOf(text: string, wanted = 'must begin with postgres://'): string | undefined {
  if (!/^postgres(ql)?:\/\/./.test(text)) return wanted
  const [, scheme = '', authority = '', rest = ''] = /^(\w+:\/\/)([^/?#]*)(.*)$/s.exec(text) ?? []
  const user = authority.slice(0, authority.lastIndexOf('@') + 1)
  const hosts = authority.slice(user.length).split(',')
  // libpq lets the host be missing where the query names it
  const toUrl = (host: string) => URL.parse(`${scheme}${user}${host || 'localhost'}${rest}`)
  const [url] = hosts.map(toUrl)
  if (!url || !hosts.every((host) => toUrl(host)))
    return 'is not a valid URL: in user and password, special characters are percent-encoded (@ is %40, / is %2F), and the port is a number'
  const inQuery = url.searchParams.get('host')?.split(',') ?? []
  const ports = url.searchParams.get('port')?.split(',') ?? []
  if ([hosts, inQuery].some((list) => list.length > 1 && list.includes('')))
    return 'names several hosts, and one is empty'
  if (hosts.length > 1 && inQuery.length > 0)
    return 'names hosts twice: before the path, and as host= in the query'
  if (ports.length > 1 && ports.length !== inQuery.length)
    return 'must name one port for all hosts, or one for each'
  return modeProblem(url) ?? timeoutProblem(url)
}

function modeProblem(url: URL): string | undefined {
  const mode = url.searchParams.get('sslmode')
  return mode === null || sslModes.includes(mode)
    ? undefined
    : `has an unknown sslmode; it must be one of ${sslModes.join(', ')}, and verify-full is the safe one`
}

function timeoutProblem({ searchParams }: URL): string | undefined {
  const wrong = timeouts.find((name) => !/^\d{1,9}$/.test(searchParams.get(name) ?? '0'))
  return wrong && `must give ${wrong} in milliseconds, as a number of at most nine digits`
}

const timeouts = ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout']

const sqliteOrPostgres =
  'must be sqlite: and a file, such as sqlite:data/countersign.db, or a URL that begins with postgres://'
