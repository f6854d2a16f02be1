import { fail } from '../failures.ts'
import { isLoopback } from './loopback.ts'
import type { Config } from './settings.ts'

/** Refuses settings that contradict one another: each could be in force, but not both. Pure. Fails with `setting_invalid` or `setting_missing`. */
export function assertCoherent(config: Config): void {
  assertPorts(config)
  const { proxy, tokens, sessions, keys } = config
  if (proxy.header !== 'none' && proxy.addresses.length === 0)
    throw fail('setting_missing', { detail: 'proxy.addresses, for there is a proxy.header' })
  if (sessions.idleLifetime > sessions.lifetime)
    throw invalid(
      'sessions.idle_lifetime is longer than sessions.lifetime, which ends every session',
    )
  if (tokens.lifetime > sessions.lifetime)
    throw invalid('tokens.lifetime is longer than sessions.lifetime, which ends every session')
  if (keys.publicationLead >= keys.rotationPeriod)
    throw invalid(
      'keys.publication_lead must be shorter than keys.rotation_period: the next key is published while one signs',
    )
}

/** One socket cannot be two. */
function assertPorts({ http, tls, metrics }: Config): void {
  const sockets = [
    { key: 'http.port', ...http },
    { key: 'tls.redirect_port', host: http.host, port: tls.redirectPort },
    { key: 'metrics.port', ...metrics },
  ]
  for (const [at, one] of sockets.entries())
    for (const other of sockets.slice(at + 1))
      if (one.port !== undefined && one.port === other.port && overlap(one.host, other.host))
        throw invalid(`${other.key} is ${one.port}, which is ${one.key} too`)
}

function overlap(a: string, b: string): boolean {
  const every = (host: string) => host === '0.0.0.0' || host === '::'
  return a === b || every(a) || every(b) || (isLoopback(a) && isLoopback(b))
}

function invalid(detail: string) {
  return fail('setting_invalid', { detail })
}
