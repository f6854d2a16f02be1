import type { Secret } from '../../domain/kernel/secret.ts'
import { partsOf } from './connection-url.ts'

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
  const { scheme, user, hosts, path, parameters } = partsOf(url.reveal())
  const [name = ''] = user.slice(0, -1).split(':')
  const kept = new URLSearchParams([...parameters].filter(([one]) => libpqParameters.has(one)))
  if (kept.get('sslmode') === 'no-verify') kept.set('sslmode', 'require') // libpq's name for it
  const query = kept.size === 0 ? '' : `?${kept}`
  const where = `${scheme}${name === '' ? '' : `${name}@`}${hosts}${path}${query}`
  return `(umask 077 && pg_dump --format=custom --no-owner --file=${quoted(to)} ${quoted(where)})`
}

/** Quotes text for a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
