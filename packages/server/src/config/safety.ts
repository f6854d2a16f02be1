import { isLoopback } from '@countersign/token/internal'
import type { Secret } from '../domain/kernel/secret.ts'
import { fail } from '../failures.ts'
import { assertCoherent } from './coherence.ts'
import type { Config } from './settings.ts'

/** Words that samples and tutorials use in secrets; a secret with one of them is publicly known. */
const samples = /secret|change.?me|example|sample|password|your.?key|0123456789|abcdefgh/i

/** Refuses settings that contradict each other or are unsafe. Pure. Fails with `plain_http`, `secret_sample`, `setting_missing` or `setting_invalid`. */
export function assertSafe(config: Config): void {
  assertSafeSockets(config)
  assertTransportEncrypted(config)
  if (config.mode === 'development') return
  assertIssuer(config)
  assertSecrets(config)
}

/**
 * Refuses settings with which a relay is unsafe, or would not do what they say. It needs no TLS, because it sends nothing but what is public and
 * signed. Pure. Fails with `setting_missing` or `setting_invalid`.
 */
export function assertSafeRelay(config: Config): void {
  assertSafeSockets(config)
  if (config.tls.redirectPort !== undefined)
    throw fail('setting_invalid', {
      detail: 'tls.redirect_port is for a server: a relay redirects nothing',
    })
}

function assertSafeSockets(config: Config): void {
  const { metrics } = config
  assertCoherent(config)
  if (metrics.port !== undefined && !isLoopback(metrics.host) && metrics.token === undefined) {
    const detail = 'metrics.token, because metrics.host is reachable from other machines'
    throw fail('setting_missing', { detail })
  }
  assertTls(config)
}

/** Refuses to send passwords over a network without TLS. */
function assertTransportEncrypted({ mode, issuer, http, tls, proxy }: Config): void {
  if (isLoopback(http.host)) return
  if (mode === 'development') {
    throw fail('plain_http', {
      detail: 'a development server may only listen on this machine; remove http.host',
    })
  }
  if (issuer.allowInsecureHttp !== undefined) return // each request with a secret is still refused there: see `handleRequest`
  if (proxy.addresses.length === 0 && tls.certificateFile === undefined) {
    throw fail('plain_http', {
      detail:
        'http.host is reachable from other machines; set tls.certificate_file and tls.key_file, or put a TLS proxy in front and set proxy.addresses',
    })
  }
}

const forDevelopment =
  'for development run `countersign dev`, and other commands with --development'

function assertIssuer({ issuer }: Config): void {
  if (issuer.url === undefined) {
    throw fail('setting_missing', {
      detail: `issuer.url, the public https URL of this server; ${forDevelopment}`,
    })
  }
  const address = new URL(issuer.url)
  const { allowInsecureHttp } = issuer
  const isPlain = address.protocol !== 'https:' && !isLoopback(address.hostname)
  if (allowInsecureHttp !== undefined && (!isPlain || allowInsecureHttp !== address.origin))
    throw fail('setting_invalid', {
      detail:
        'issuer.allow_insecure_http must be the origin of issuer.url, and is only for an http address of another machine; correct or remove it',
    })
  if (isPlain && allowInsecureHttp === undefined) {
    throw fail('plain_http', {
      detail:
        'issuer.url must begin with https unless its host is this machine; for an address inside a cluster, name its origin in issuer.allow_insecure_http',
    })
  }
}

function assertSecrets({ keys, passwords, metrics }: Config): void {
  if (keys.encryptionKey === undefined) {
    throw fail('setting_missing', {
      detail: `keys.encryption_key; make one with \`openssl rand -base64 32\`; ${forDevelopment}`,
    })
  }
  const secrets = {
    'keys.encryption_key': keys.encryptionKey,
    'passwords.pepper': passwords.pepper,
    'metrics.token': metrics.token,
  }
  for (const [key, secret] of Object.entries(secrets)) {
    if (secret && isSample(secret))
      throw fail('secret_sample', { detail: `${key}; make one with \`openssl rand -base64 32\`` })
  }
}

/** Refuses half of a TLS configuration: an operator would believe that TLS is on. */
function assertTls({ tls }: Config): void {
  const { certificateFile, keyFile, redirectPort } = tls
  if (certificateFile === undefined && keyFile !== undefined)
    throw fail('setting_missing', { detail: 'tls.certificate_file, because tls.key_file is set' })
  if (certificateFile !== undefined && keyFile === undefined)
    throw fail('setting_missing', { detail: 'tls.key_file, because tls.certificate_file is set' })
  if (certificateFile === undefined && redirectPort !== undefined)
    throw fail('setting_missing', {
      detail: 'tls.certificate_file and tls.key_file, because tls.redirect_port is set',
    })
}

const minLength = 32 // characters of the shortest token for metrics; what is shorter is refused as short elsewhere
const minDistinctBytes = 12 // a random secret has more
const minDistinctCharacters = 8 // the same for text that is not base64, such as hexadecimal digits

function isSample(secret: Secret): boolean {
  const text = secret.reveal()
  const bytes = Buffer.from(text, 'base64')
  const isRepeated =
    text.length >= minLength &&
    (new Set(bytes).size < minDistinctBytes || new Set(text).size < minDistinctCharacters)
  return samples.test(text) || samples.test(bytes.toString('latin1')) || isRepeated
}

const insecureHttp =
  'issuer.allow_insecure_http is set: guards fetch the keys of this issuer over plain http, so an attacker on that network can forge tokens'

/** Returns a warning for each setting that is allowed but unwise, for the log. Pure. */
export function warningsOf({ mode, issuer, limits, proxy }: Config): readonly string[] {
  if (mode === 'development') return []
  const addressUnknown =
    proxy.addresses.length > 0 && proxy.header === 'none' && limits.attempts !== null
  const off = [
    ...(limits.attempts === null ? ['limits.attempts'] : []),
    ...(limits.changes === null ? ['limits.changes'] : []),
    ...(limits.maxAttemptDelay === 0 ? ['limits.max_attempt_delay'] : []),
  ]
  return [
    ...(issuer.allowInsecureHttp === undefined ? [] : [insecureHttp]),
    ...(addressUnknown
      ? ['proxy.header is none: all clients behind the proxy share one rate limit']
      : []),
    ...off.map(
      (name) =>
        `${name} is off: protection against password guessing and floods must come from elsewhere`,
    ),
  ]
}
