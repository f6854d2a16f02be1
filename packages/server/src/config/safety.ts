import type { Secret } from '../domain/kernel/secret.ts'
import { fail } from '../failures.ts'
import { assertCoherent } from './coherence.ts'
import { isLoopback } from './loopback.ts'
import type { Config } from './settings.ts'

/** Words that samples and tutorials use; a secret made of one is known to everybody. */
const samples = /secret|change.?me|example|sample|password|your.?key|0123456789|abcdefgh/i

/** Refuses settings that contradict one another, or would be unsafe in force. Pure. Fails with `plain_http`, `secret_sample`, `setting_missing` or `setting_invalid`. */
export function assertSafe(config: Config): void {
  const { mode, metrics } = config
  assertCoherent(config)
  if (metrics.port !== undefined && !isLoopback(metrics.host) && metrics.token === undefined) {
    const detail = 'metrics.token, because metrics.host is beyond this machine'
    throw fail('setting_missing', { detail })
  }
  assertTls(config)
  assertEncrypted(config)
  if (mode === 'development') return
  assertIssuer(config)
  assertSecrets(config)
}

/** Passwords cross no network in the clear. */
function assertEncrypted({ mode, http, tls, proxy }: Config): void {
  if (isLoopback(http.host)) return
  if (mode === 'development') {
    throw fail('plain_http', {
      detail: 'development listens on this machine only; leave http.host as it is',
    })
  }
  if (proxy.addresses.length === 0 && tls.certificateFile === undefined) {
    throw fail('plain_http', {
      detail:
        'http.host is beyond this machine; give tls.certificate_file and tls.key_file, or put a proxy with TLS in front and name it in proxy.addresses',
    })
  }
}

function assertIssuer({ issuer }: Config): void {
  if (issuer.url === undefined) {
    throw fail('setting_missing', {
      detail:
        'issuer.url, the public https address of this server (`countersign dev` and --development need none)',
    })
  }
  const address = new URL(issuer.url)
  if (address.protocol !== 'https:' && !isLoopback(address.hostname)) {
    throw fail('plain_http', {
      detail: 'issuer.url must begin with https unless it is on this machine',
    })
  }
}

function assertSecrets({ keys, passwords, metrics }: Config): void {
  if (keys.encryptionKey === undefined) {
    throw fail('setting_missing', {
      detail: 'keys.encryption_key; make one with `openssl rand -base64 32`',
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

/** What goes together is given together; else somebody believes to be served by TLS who is not. */
function assertTls({ tls }: Config): void {
  const { certificateFile, keyFile, redirectPort } = tls
  if (certificateFile === undefined && keyFile !== undefined)
    throw fail('setting_missing', { detail: 'tls.certificate_file, for there is a tls.key_file' })
  if (certificateFile !== undefined && keyFile === undefined)
    throw fail('setting_missing', { detail: 'tls.key_file, for there is a tls.certificate_file' })
  if (certificateFile === undefined && redirectPort !== undefined)
    throw fail('setting_missing', {
      detail: 'tls.certificate_file and tls.key_file, for there is a tls.redirect_port',
    })
}

function isSample(secret: Secret): boolean {
  const text = secret.reveal()
  const bytes = Buffer.from(text, 'base64')
  return samples.test(text) || samples.test(bytes.toString('latin1')) || new Set(bytes).size < 12
}

/** What is allowed and still unwise, in sentences for the log. Pure. */
export function warningsOf({ mode, limits, proxy }: Config): readonly string[] {
  if (mode === 'development') return []
  const blind = proxy.addresses.length > 0 && proxy.header === 'none' && limits.attempts !== null
  const off = [
    ...(limits.attempts === null ? ['limits.attempts'] : []),
    ...(limits.changes === null ? ['limits.changes'] : []),
    ...(limits.maxAttemptDelay === 0 ? ['limits.max_attempt_delay'] : []),
  ]
  return [
    ...(blind
      ? ['proxy.header is none: all who come through the proxy share one limit by address']
      : []),
    ...off.map((name) => `${name} is off: somebody else has to keep guessers and floods away`),
  ]
}
