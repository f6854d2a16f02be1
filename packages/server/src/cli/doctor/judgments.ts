import { isCountersignError } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { isLoopback } from '../../config/loopback.ts'
import { assertSafe, warningsOf } from '../../config/safety.ts'
import type { Config } from '../../config/settings.ts'
import type { KeyPolicy } from '../../domain/keys/plan-rotation.ts'
import { decrypt, type KeyEncryptionKeys } from '../../domain/kernel/encryption.ts'
import type { EncryptedItem } from '../../domain/kernel/encrypted-secrets.ts'
import { activeOf, standbyOf, stateOf, type KeyRing } from '../../domain/keys/signing-key.ts'
import { isWorldReadableMode } from '../../domain/kernel/secret.ts'
import type { Certificate, DatabaseReport, MigrationState } from '../../maintenance.ts'

// What the doctor thinks of what it found. All of it is pure.

/** What is thought of one thing: how bad it is, what was found, and what to do. */
export interface Finding {
  readonly verdict: 'ok' | 'warn' | 'fail'
  readonly found: string
  readonly advice?: string
}

const ok = (found: string): Finding => ({ verdict: 'ok', found })
const warn = (found: string, advice: string): Finding => ({ verdict: 'warn', found, advice })
const bad = (found: string, advice: string): Finding => ({ verdict: 'fail', found, advice })

const day = 86_400 // seconds

/** Settings that a server would not start with, or that are unwise. */
export function judgeSettings(config: Config): Finding {
  try {
    assertSafe(config)
  } catch (error) {
    if (!isCountersignError(error)) throw error
    return bad(error.message, 'change it; `countersign config` shows where it comes from')
  }
  const long = config.tokens.lifetime > 3_600 ? ['tokens.lifetime is beyond an hour'] : []
  const warnings = [...warningsOf(config), ...long]
  return warnings.length === 0
    ? ok('nothing unsafe')
    : warn(warnings.join('; '), 'see docs/reference/settings.md')
}

/** A server behind a proxy that nobody declared takes all callers for one. */
export function judgeProxy({ issuer, http, proxy, tls }: Config): Finding {
  if (proxy.addresses.length > 0) return ok(`${proxy.addresses.join(', ')}; ${proxy.header}`)
  if (tls.certificateFile !== undefined) return ok('none; this server ends TLS itself')
  if (!issuer.url?.startsWith('https:') || !isLoopback(http.host)) return ok('none')
  return warn(
    'none is declared, but somebody must end TLS in front of this server',
    'name it in proxy.addresses, and in proxy.header where it writes the caller\u2019s address; else all callers share one limit by address',
  )
}

/** Whether there is anything left to do, or somebody newer has been there. */
export function judgeMigrations({ done, pending, unknown }: MigrationState): Finding {
  if (unknown.length > 0)
    return warn(
      `a newer version has done ${unknown.join(', ')}`,
      'bring this server up to that version too',
    )
  if (pending.length === 0) return ok(`all ${done.length} done`)
  return bad(
    `pending: ${pending.join(', ')}`,
    'countersign migrate plan && countersign migrate apply',
  )
}

/** Whether what was answered survives a power cut: a lost rotation or logout brings back what was ended. */
export function judgeDurability({ durability }: Pick<DatabaseReport, 'durability'>): Finding {
  const wrong = durability.filter(([, is, wanted]) => is !== wanted)
  const told = (rows: typeof durability) => rows.map(([name, is]) => `${name} = ${is}`).join(', ')
  if (wrong.length === 0) return ok(told(durability))
  const should = wrong.map(([name, , wanted]) => `${name} = ${wanted}`).join(', ')
  return bad(told(wrong), `set ${should}: a power cut can bring back sessions that were ended`)
}

/** How far two clocks may be apart: tokens allow a few seconds, and no more. */
export function judgeSkew(theirs: Seconds, ours: Seconds, uncertain: Seconds): Finding {
  const apart = Math.max(0, Math.abs(theirs - ours) - uncertain)
  const found =
    apart === 0 ? 'the same' : `${apart} s ${theirs > ours ? 'ahead of' : 'behind'} this machine`
  const advice = 'let both machines follow a time server (chrony, systemd-timesyncd)'
  if (apart <= 2) return ok(found)
  return apart <= 5 ? warn(found, advice) : bad(found, advice)
}

/** The ring: one key that signs, one that is ready, and a rotation that goes on. */
export function judgeRing(
  ring: KeyRing,
  now: Seconds,
  { rotationPeriod }: Pick<KeyPolicy, 'rotationPeriod'>,
): Finding {
  const active = activeOf(ring, now)
  if (!active) return warn('there is none yet', 'the first server that starts makes it')
  const standby = standbyOf(ring, now)
  const age = Math.floor((now - active.activatedAt) / day)
  const retiring = ring.filter((key) => stateOf(key, now) === 'retiring').length
  const found = `${active.algorithm}, signs since ${age} days; ${standby ? 'the next stands by' : 'no next one'}; ${retiring} retiring`
  if (now - active.activatedAt > rotationPeriod + day)
    return bad(found, 'the rotation is stuck: see the log for rotate-signing-keys')
  return standby
    ? ok(found)
    : warn(found, 'a server that runs makes one within a minute; is there one?')
}

/** What lies sealed in the database: servers do not start when they cannot open it. */
export function judgeEncryption(
  sealed: readonly EncryptedItem[],
  keys: KeyEncryptionKeys,
): Finding {
  const faults = sealed.flatMap((thing) => faultOf(thing, keys) ?? [])
  const [first] = faults
  if (first === undefined) return ok(`all ${sealed.length} open`)
  return bad(
    `${faults.length} of ${sealed.length} cannot be opened. ${first}`,
    'give the key that sealed them, in keys.encryption_key or keys.previous_encryption_keys; is database.url right?',
  )
}

function faultOf({ sealed, context }: EncryptedItem, keys: KeyEncryptionKeys): string | undefined {
  try {
    decrypt(sealed, keys, context)
    return undefined
  } catch (error) {
    if (!isCountersignError(error)) throw error
    return error.message
  }
}

/** The user of the samples, whom everybody knows. */
export function judgeSampleUser(there: boolean): Finding {
  return there
    ? bad(
        'the user admin has the password of the samples',
        'countersign user set-password admin, or user delete admin; servers do not start with it',
      )
    : ok('nobody has the password of the samples')
}

/** What passwords were hashed under. */
export function judgePeppers(missing: boolean): Finding {
  return missing
    ? bad(
        'a password was hashed under a pepper that is not given',
        'give it in passwords.pepper or passwords.previous_peppers: its user cannot sign in',
      )
    : ok('all that passwords were hashed under are given')
}

/** A file that holds a secret, by its mode. */
export function judgeMode(path: string, mode: number): Finding {
  const found = `${path} ${(mode & 0o777).toString(8)}`
  return mode & 0o030 || isWorldReadableMode(path, mode)
    ? bad(found, `chmod 600 ${path}: others on this machine can read or change it`)
    : ok(found)
}

/** The certificate that is served with. */
export function judgeCertificate(
  { expiresAt, fits }: Pick<Certificate, 'expiresAt' | 'fits'>,
  host: string,
  now: Seconds,
): Finding {
  const days = Math.floor((expiresAt - now) / day)
  const found = `good for ${days} days`
  if (!fits(host))
    return bad(`${found}, but not made out to ${host}`, 'get one for the host of issuer.url')
  return days < 14 ? warn(found, 'renew it; the files are read again when they change') : ok(found)
}

/** How long a password takes to hash here. */
export function judgeHash(seconds: Seconds): Finding {
  const found = `${Math.round(seconds * 1000)} ms for a password on this machine`
  if (seconds > 1)
    return warn(found, 'people wait for it: lower passwords.hash_memory or hash_passes')
  if (seconds < 0.004)
    return warn(found, 'there is room: raise passwords.hash_memory, hashes are renewed at sign-in')
  return ok(found)
}

/** The disk that the database lies on. */
export function judgeDisk(free: number): Finding {
  const found = `${(free / 2 ** 30).toFixed(1)} GiB free`
  const advice = 'make room: on a full disk nobody can sign in'
  if (free < 100 * 2 ** 20) return bad(found, advice)
  return free < 2 ** 30 ? warn(found, advice) : ok(found)
}

// Files that a server holds beside its connections: 50 with nobody connected, three for each thread more that hashes, 100 for
// the largest pool of connections to PostgreSQL.
const ownFiles = 250

/** Whether a flood of connections leaves the process files to work with; on `localhost` whoever comes is on this machine, and uses one of its two addresses. */
export function judgeOpenFiles(
  limit: number,
  { http: { maxConnections }, tls }: Pick<Config, 'http' | 'tls'>,
): Finding {
  const sockets = tls.redirectPort === undefined ? 1 : 2 // each lets so many in
  const needed = maxConnections * sockets + ownFiles
  const found = `${limit} at most here; ${needed} for http.max_connections and the server itself`
  if (limit >= needed) return ok(found)
  const fits = Math.floor((limit - ownFiles) / sockets)
  const lower = fits < 10 ? '' : `, or http.max_connections to ${fits}`
  return warn(
    found,
    `raise what the server may open (\`ulimit -n\`, LimitNOFILE= of systemd) to ${needed}${lower}: a flood takes the files that sign-in needs`,
  )
}

/** Whether the log has what is asked of it later. */
export function judgeLog(level: Config['log']['level']): Finding {
  if (level === 'info' || level === 'debug') return ok(level)
  return warn(
    level,
    'refusals are told at `info`: without them `countersign explain` finds no request',
  )
}
