import { Secret } from '../../domain/kernel/secret.ts'

// Parses the URL of a PostgreSQL database. Pure.

/** The URL of a database, taken apart. */
export interface ConnectionUrl {
  /** One URL for each host that the URL names, in its order. None sets a time-out: a pooler refuses or ignores them at startup. */
  readonly hosts: readonly [Secret, ...Secret[]]
  /** Statements that set the time-outs of a transaction, for the message that begins it. */
  readonly setTimeouts: readonly string[]
  /** Milliseconds that a statement may take; 0 for no limit. */
  readonly statementTimeoutMs: number
}

const defaultStatementTimeoutMs = 10_000 // the server's own statements take a hundredth
const defaultIdleTransactionTimeoutMs = 30_000 // a process that hangs holds its locks no longer

/** Parses the URL of a database. The URL may set time-outs in milliseconds, by the names that PostgreSQL has for them. */
export function parseConnectionUrl(url: Secret): ConnectionUrl {
  const { scheme, user, hosts, path, parameters } = partsOf(url.reveal())
  const take = (name: string, byDefault?: number) => {
    const text = parameters.get(name)
    parameters.delete(name)
    return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : byDefault
  }
  const statementTimeoutMs =
    take('statement_timeout', defaultStatementTimeoutMs) ?? defaultStatementTimeoutMs
  const timeouts = {
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: take(
      'idle_in_transaction_session_timeout',
      defaultIdleTransactionTimeoutMs,
    ),
    lock_timeout: take('lock_timeout'),
  }
  const [inQuery, ports] = ['host', 'port'].map((name) => parameters.get(name)?.split(',') ?? [])
  const toUrl = (host: string) => {
    const query = parameters.size === 0 ? '' : `?${parameters}`
    return new Secret(`${scheme}${user}${host}${path}${query}`)
  }
  const [first = '', ...rest] = hosts.split(',')
  const urls =
    inQuery && inQuery.length > 1
      ? inQuery.map((host, at) => {
          parameters.set('host', host)
          const port = ports?.[at] ?? ports?.[0]
          if (port) parameters.set('port', port)
          return toUrl(first)
        })
      : [first, ...rest].map(toUrl)
  return {
    hosts: urls as [Secret, ...Secret[]], // `split` returns one text at least
    statementTimeoutMs,
    setTimeouts: Object.entries(timeouts).flatMap(([name, ms]) =>
      ms === undefined ? [] : [`set local ${name} = ${ms}`],
    ),
  }
}

/** Takes the text of a URL apart: `URL` refuses several hosts, and a user without a host, which the query may name. */
export function partsOf(text: string) {
  const [, scheme = '', user = '', hosts = '', path = '', query = ''] =
    /^(\w+:\/\/)([^/?#]*@)?([^/?#@]*)([^?#]*)\??([^#]*)/.exec(text) ?? []
  return { scheme, user, hosts, path, parameters: new URLSearchParams(query) }
}
