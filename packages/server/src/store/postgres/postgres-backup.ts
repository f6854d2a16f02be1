import type { Secret } from '../../domain/kernel/secret.ts'

// The parameters of a URL that libpq knows as well as the driver.
const libpqParameters = new Set([
  'host',
  'port',
  'user',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslnegotiation',
])

/**
 * Returns the `pg_dump` command that backs up a PostgreSQL database. It does not contain the password, because every program on a machine
 * can see the arguments of others: libpq reads it from `~/.pgpass` or the file in PGPASSFILE.
 */
export function pgDumpCommand(url: Secret, to: string): string {
  const [before = '', after] = url.reveal().split('@/') // without a host, which the query names, a URL cannot be parsed
  const text = after === undefined ? before : `${before}@localhost/${after}`
  const parsed = new URL(text)
  const { protocol, username, pathname, searchParams } = parsed
  const host = after === undefined ? parsed.host : ''
  const kept = new URLSearchParams([...searchParams].filter(([name]) => libpqParameters.has(name)))
  if (kept.get('sslmode') === 'no-verify') kept.set('sslmode', 'require') // libpq's name for it
  const query = kept.size === 0 ? '' : `?${kept}`
  const where = `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}${query}`
  return `(umask 077 && pg_dump --format=custom --no-owner --file=${quoted(to)} ${quoted(where)})`
}

/** Quotes text for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
