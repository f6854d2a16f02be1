import { isCountersignError } from '@countersign/token'
import { isLoopback, type Seconds } from '@countersign/token/internal'
import { assertSafe, warningsOf } from '../../config/safety.ts'
import type { Config } from '../../config/settings.ts'
import { decrypt, type KeyEncryptionKeys } from '../../domain/kernel/encryption.ts'
import type { EncryptedItem } from '../../domain/kernel/encrypted-secrets.ts'
import type { RingComparison } from '../../domain/keys/compare-key-ring.ts'
import { settingAdvice } from './setting-advice.ts'
import { describeKeyFaults, keyFaultAdvice } from '../key-faults.ts'
import { requiresFactor } from '../../domain/factors/factor-policy.ts'
import { administratorRole } from '../../domain/users/role.ts'
import { isWorldReadableMode } from '../../domain/kernel/secret.ts'
import type { Certificate, MigrationState } from '../../maintenance.ts'

// Turns the facts that `countersign doctor` collects into findings. Pure.

/** The result of a check: its verdict, what was found, and what to do. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly advice?: string
}

export const ok = (found: string): Finding => ({ verdict: 'ok', found })
export const warn = (found: string, advice: string): Finding => ({ verdict: 'warn', found, advice })
export const bad = (found: string, advice: string): Finding => ({ verdict: 'fail', found, advice })

const day = 86_400 // seconds

/** Assesses the settings: does a server start with them, and is any unwise? */
export function assessSettings(config: Config): Finding {
  try {
    assertSafe(config)
  } catch (error) {
    if (!isCountersignError(error)) throw error
    return bad(error.message, settingAdvice(error.code, config))
  }
  const long = config.tokens.lifetime > 3_600 ? ['tokens.lifetime is longer than an hour'] : []
  const warnings = [...warningsOf(config), ...long]
  return warnings.length === 0
    ? ok('safe')
    : warn(warnings.join('; '), 'see docs/reference/settings.md')
}

/** Assesses the proxy settings: behind an undeclared proxy, all callers have one address. */
export function assessProxy({ issuer, http, proxy, tls }: Config): Finding {
  if (proxy.addresses.length > 0) return ok(`${proxy.addresses.join(', ')}; ${proxy.header}`)
  if (tls.certificateFile !== undefined) return ok('none; this server terminates TLS')
  if (!issuer.url?.startsWith('https:') || !isLoopback(http.host)) return ok('none')
  return warn(
    'none is declared, but a proxy must terminate TLS in front of this server',
    'set proxy.addresses, and proxy.header to the header in which it writes the client address; otherwise all clients share one rate limit',
  )
}

/** Assesses the migrations: is one pending, or has a newer version run some? */
export function assessMigrations({ done, pending, unknown }: MigrationState): Finding {
  if (unknown.length > 0)
    return warn(
      `a newer version has run ${unknown.join(', ')}`,
      'upgrade this server to that version',
    )
  if (pending.length === 0) return ok(`all ${done.length} done`)
  return bad(
    `pending: ${pending.join(', ')}`,
    'countersign migrate plan && countersign migrate apply',
  )
}

/** Assesses the difference of two clocks: tokens tolerate a few seconds. */
export function assessSkew(theirs: Seconds, ours: Seconds, uncertain: Seconds): Finding {
  const apart = Math.max(0, Math.abs(theirs - ours) - uncertain)
  const found =
    apart === 0 ? 'in sync' : `${apart} s ${theirs > ours ? 'ahead of' : 'behind'} this machine`
  const advice = 'synchronize both clocks with NTP (chrony, systemd-timesyncd)'
  if (apart <= 2) return ok(found)
  return apart <= 5 ? warn(found, advice) : bad(found, advice)
}

/** Assesses the comparison of key ring and audit log; `undefined` if it could not be made. */
export function assessKeyRing(comparison: RingComparison | undefined): Finding {
  if (!comparison)
    return warn(
      'not compared: the root secret cannot be read, or there is none yet',
      'start a server, which makes it; if one has run, set the key-encryption key of that server',
    )
  const { faults, rejected } = comparison
  if (faults.length > 0) return bad(describeKeyFaults(faults), keyFaultAdvice)
  if (rejected.length === 0) return ok('as the audit log has it')
  const found = `servers deleted ${rejected.length} signing keys that they did not write`
  return warn(`${found} within the last 30 days`, keyFaultAdvice)
}

/** Assesses the encrypted values in the database: servers refuse to start if one cannot be decrypted. */
export function assessEncryption(
  items: readonly EncryptedItem[],
  keys: KeyEncryptionKeys,
): Finding {
  const faults = items.flatMap((item) => faultOf(item, keys) ?? [])
  const [first] = faults
  if (first === undefined) return ok(`all ${items.length} values can be decrypted`)
  return bad(
    `${faults.length} of ${items.length} cannot be decrypted. ${first}`,
    'add the key that encrypted them to keys.previous_encryption_keys, or check that database.url is right',
  )
}

function faultOf(
  { encrypted, context }: EncryptedItem,
  keys: KeyEncryptionKeys,
): string | undefined {
  try {
    decrypt(encrypted, keys, context)
    return undefined
  } catch (error) {
    if (!isCountersignError(error)) throw error
    return error.message
  }
}

/** Assesses the sample user, whose password is public: development has it on purpose. */
export function assessSampleUser(exists: boolean, mode: Config['mode']): Finding {
  if (!exists) return ok('no user has the sample password')
  const found = 'the user admin has the sample password'
  if (mode === 'development') return ok(`${found}, as development has on purpose`)
  return bad(
    found,
    'run `countersign user set-password admin` or `user delete admin`; servers refuse to start until then',
  )
}

/** Assesses whether a password alone signs an administrator in. */
export function assessFactors({ factors, mode }: Pick<Config, 'factors' | 'mode'>): Finding {
  if (requiresFactor(factors, [administratorRole]))
    return ok('administrators must have a second factor')
  const found = 'administrators need no second factor'
  if (mode === 'development') return ok(`${found}, as development has on purpose`)
  return warn(
    found,
    'add one to your own account at /account/factors, and then set factors.required_for to admin',
  )
}

/** Assesses the peppers: are all that hashes need in the settings? */
export function assessPeppers(missing: boolean): Finding {
  return missing
    ? bad(
        'a password was hashed with a pepper that is not in the settings',
        'add it to passwords.pepper or passwords.previous_peppers: its user cannot sign in',
      )
    : ok('all peppers that hashes need are set')
}

/** Assesses a file that holds a secret, by its mode. */
export function assessMode(path: string, mode: number): Finding {
  const found = `${path} ${(mode & 0o777).toString(8)}`
  return mode & 0o030 || isWorldReadableMode(path, mode)
    ? bad(found, `run \`chmod 600 ${path}\`: other users of this machine can read or change it`)
    : ok(found)
}

/** Assesses the server's TLS certificate. */
export function assessCertificate(
  { expiresAt, matchesHost }: Pick<Certificate, 'expiresAt' | 'matchesHost'>,
  host: string,
  now: Seconds,
): Finding {
  const days = Math.floor((expiresAt - now) / day)
  const found = `valid for ${days} days`
  if (!matchesHost(host))
    return bad(`${found}, but not for ${host}`, 'get one for the host of issuer.url')
  return days < 14 ? warn(found, 'renew it; changed files are reloaded') : ok(found)
}

/** Assesses the time that a password hash takes. */
export function assessHash(seconds: Seconds): Finding {
  const found = `${Math.round(seconds * 1000)} ms for a password on this machine`
  if (seconds > 1) return warn(found, 'sign-in is slow: lower passwords.hash_memory or hash_passes')
  if (seconds < 0.004)
    return warn(
      found,
      'raise passwords.hash_memory for stronger hashes; they are renewed at sign-in',
    )
  return ok(found)
}

/** Assesses the free space on the disk of the database. */
export function assessDisk(free: number): Finding {
  const found = `${(free / 2 ** 30).toFixed(1)} GiB free`
  const advice = 'free some space: on a full disk sign-in fails'
  if (free < 100 * 2 ** 20) return bad(found, advice)
  return free < 2 ** 30 ? warn(found, advice) : ok(found)
}

// Files that a server has open beside its connections: 50 when idle, three for each further hashing thread, 100 for the largest
// connection pool to PostgreSQL.
const ownFiles = 250

/** Assesses whether a flood of connections leaves enough file descriptors; on `localhost` clients use only one of the two addresses. */
export function assessOpenFiles(
  limit: number,
  { http: { maxConnections }, tls }: Pick<Config, 'http' | 'tls'>,
): Finding {
  const sockets = tls.redirectPort === undefined ? 1 : 2 // each accepts that many
  const needed = maxConnections * sockets + ownFiles
  const found = `limit ${limit}; ${needed} needed for http.max_connections and the server itself`
  if (limit >= needed) return ok(found)
  const fitting = Math.floor((limit - ownFiles) / sockets)
  const lower = fitting < 10 ? '' : `, or http.max_connections to ${fitting}`
  return warn(
    found,
    `raise the limit of open files (\`ulimit -n\`, LimitNOFILE= of systemd) to ${needed}${lower}: otherwise a flood of connections makes sign-in fail`,
  )
}

/** Assesses the log level: does the log have what `countersign explain` needs? */
export function assessLog(level: Config['log']['level']): Finding {
  if (level === 'info' || level === 'debug') return ok(level)
  return warn(
    level,
    'refusals are logged at `info`: without them `countersign explain` finds no request',
  )
}
