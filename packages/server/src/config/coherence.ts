import { isLoopback } from '@countersign/token/internal'
import { fail } from '../failures.ts'
import type { Config } from './settings.ts'

/** Refuses settings that contradict each other. Pure. Fails with `setting_invalid` or `setting_missing`. */
export function assertCoherent(config: Config): void {
  assertPorts(config)
  assertMail(config)
  const { proxy, tokens, sessions, keys, passwords } = config
  if (passwords.minLengthWithFactor > passwords.minLength)
    throw invalid(
      'passwords.min_length_with_factor is longer than passwords.min_length, the minimum for users without a second factor',
    )
  if (proxy.header !== 'none' && proxy.addresses.length === 0)
    throw fail('setting_missing', { detail: 'proxy.addresses, because proxy.header is set' })
  if (sessions.idleLifetime > sessions.lifetime)
    throw invalid(
      'sessions.idle_lifetime is longer than sessions.lifetime, the maximum for every session',
    )
  if (tokens.lifetime > sessions.lifetime)
    throw invalid('tokens.lifetime is longer than sessions.lifetime, the maximum for every session')
  assertLegacyTokens(config)
  if (keys.publicationLead >= keys.rotationPeriod)
    throw invalid(
      'keys.publication_lead must be shorter than keys.rotation_period: the next key is published while the current one signs',
    )
}

/** Refuses a secret of legacy tokens without a day, and one that this server uses for something else. */
function assertLegacyTokens({ tokens, keys, passwords, mail, metrics, federation }: Config): void {
  const { legacySecret: secret, legacyUntil: until } = tokens
  if ((secret === undefined) !== (until === undefined))
    throw fail('setting_missing', {
      detail: 'tokens.legacy_secret and tokens.legacy_until belong together; set both, or neither',
    })
  const own = [
    keys.encryptionKey,
    ...keys.previousEncryptionKeys,
    passwords.pepper,
    ...(passwords.previousPeppers ?? []),
    mail.password,
    metrics.token,
    ...Object.values(federation).map(({ clientSecret }) => clientSecret), // the provider knows it, and could sign tokens
  ]
  if (secret && own.some((one) => one?.reveal() === secret.reveal()))
    throw invalid(
      'tokens.legacy_secret is also a key, a pepper or another secret of this server; use it for nothing else',
    )
}

/** Refuses half of the settings of mail, and an SMTP server of another machine without TLS: codes would cross the network in clear text. */
function assertMail({ mail }: Config): void {
  const { host, tls, user, password, from } = mail
  if (host === undefined) {
    if (user !== undefined || password !== undefined)
      throw fail('setting_missing', {
        detail: 'mail.host, because mail.user or mail.password is set',
      })
    return
  }
  if (from === undefined)
    throw fail('setting_missing', { detail: 'mail.from, because mail.host is set' })
  if ((user === undefined) !== (password === undefined))
    throw fail('setting_missing', {
      detail: 'mail.user and mail.password belong together; set both, or neither',
    })
  if (tls === 'none' && !isLoopback(host))
    throw invalid('mail.tls is none, which is for an SMTP server on this machine only')
}

/** Refuses two sockets on one port. */
function assertPorts({ http, tls, metrics }: Config): void {
  const sockets = [
    { key: 'http.port', ...http },
    { key: 'tls.redirect_port', host: http.host, port: tls.redirectPort },
    { key: 'metrics.port', ...metrics },
  ]
  for (const [at, one] of sockets.entries())
    for (const other of sockets.slice(at + 1))
      if (one.port !== undefined && one.port === other.port && overlap(one.host, other.host))
        throw invalid(`${other.key} is ${one.port}, the same as ${one.key}`)
}

function overlap(a: string, b: string): boolean {
  const isWildcard = (host: string) => host === '0.0.0.0' || host === '::'
  return a === b || isWildcard(a) || isWildcard(b) || (isLoopback(a) && isLoopback(b))
}

function invalid(detail: string) {
  return fail('setting_invalid', { detail })
}
