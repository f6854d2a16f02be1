import type { Secret } from '../../domain/kernel/secret.ts'

// By libpq as by the driver.
const understood = new Set(['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'sslnegotiation'])

/**
 * The command that backs a PostgreSQL database up. The password is not in it, for every program of a machine sees the arguments of all:
 * libpq reads it from `~/.pgpass`, or from the file in PGPASSFILE.
 */
export function pgDumpCommand(url: Secret, to: string): string {
  const { protocol, username, host, pathname, searchParams } = new URL(url.reveal())
  const kept = new URLSearchParams([...searchParams].filter(([name]) => understood.has(name)))
  if (kept.get('sslmode') === 'no-verify') kept.set('sslmode', 'require') // what libpq calls it
  const query = kept.size === 0 ? '' : `?${kept}`
  const where = `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}${query}`
  return `(umask 077 && pg_dump --format=custom --no-owner --file=${quoted(to)} ${quoted(where)})`
}

/** A text that the shell takes as it is. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
