import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { ClientTables } from '../clients/clients.ts'
import type { Log, Metrics, TokenIssuer } from '../kernel/ports.ts'
import { planRetry } from '../mail/mail.ts'
import type { LogoutNotice, LogoutNoticeTables } from './logout-notices.ts'

/** Posts a logout token to an application, and returns why that failed; `undefined` if it did not. Follows no redirect. A port. */
export type PostLogoutToken = (uri: string, token: string) => Promise<string | undefined>

/** The dependencies of {@link sendLogoutNotices}. */
export interface LogoutNoticeDeps {
  readonly store: LogoutNoticeTables & ClientTables
  readonly clock: Clock
  readonly issuer: Pick<TokenIssuer, 'logoutTokenSignerFor'>
  readonly log: Log
  readonly metrics: Metrics
  readonly postLogoutToken: PostLogoutToken
}

const leaseSeconds: Seconds = 60 // a request is given up well before
const tokenSeconds: Seconds = 120 // OpenID Connect Back-Channel Logout, section 2.4, recommends at most two minutes
const keepTryingSeconds: Seconds = 86_400
const maxAtOnce = 20 // connections

/**
 * Notifies applications of grants that have ended (OpenID Connect Back-Channel Logout, section 2.5). Each notice is claimed before it is sent and
 * deleted afterwards: a server that dies in between sends it again when the lease has ended. APIs refuse the tokens of the grant in any case. The
 * other notices of an application that has failed wait for the next run: one that does not answer delays those of others by one round, also if
 * thousands of its grants have ended at once.
 */
export async function sendLogoutNotices(deps: LogoutNoticeDeps): Promise<void> {
  const { store, clock } = deps
  const failed = new Set<string>() // ids of clients
  for (;;) {
    const now = clock.now()
    const until = now + leaseSeconds
    const claimed = await store.logoutNotices.claim(now, until, maxAtOnce, [...failed])
    const taken = await Promise.all(claimed.map((one) => sendOne(deps, one)))
    for (const [at, { clientId }] of claimed.entries()) if (!taken[at]) failed.add(clientId)
    if (claimed.length < maxAtOnce) return
  }
}

/** Sends a claimed notice. Returns whether its application has taken it, or need not get it any more. */
async function sendOne(deps: LogoutNoticeDeps, notice: LogoutNotice): Promise<boolean> {
  const { store, clock, log, metrics } = deps
  const { grantId: grant, clientId, attempts, createdAt } = notice
  const client = await store.clients.find(clientId)
  const uri = client?.application?.backchannelLogoutUri
  if (!client?.application || !uri) {
    await store.logoutNotices.remove(notice) // removed since
    return true
  }
  const { idTokenAlgorithm } = client.application
  const error = await deps.postLogoutToken(uri, logoutToken(deps, notice, idTokenAlgorithm))
  const facts = { client: clientId, grant, attempts, error }
  if (error === undefined) {
    await store.logoutNotices.remove(notice)
    metrics.count('logout_notices_total', { outcome: 'sent' })
    return true
  }
  const next = planRetry(attempts, clock.now(), createdAt + keepTryingSeconds)
  metrics.count('logout_notices_total', { outcome: next === undefined ? 'expired' : 'deferred' })
  if (next === undefined) {
    await store.logoutNotices.remove(notice)
    log.error(facts, 'an application was not notified of a sign-out for a day; given up')
  } else {
    await store.logoutNotices.defer(notice, next)
    log.warn(facts, 'an application was not notified of a sign-out; it will be tried again')
  }
  return false
}

/** Returns a logout token (section 2.4). It has its own `typ` and no `nonce`, so that it is no ID token. */
function logoutToken(
  { issuer }: Pick<LogoutNoticeDeps, 'issuer'>,
  { grantId, clientId, userId }: LogoutNotice,
  algorithm: Parameters<TokenIssuer['logoutTokenSignerFor']>[0],
): string {
  const events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
  const claims = { sub: userId, aud: clientId, sid: grantId, events }
  return issuer.logoutTokenSignerFor(algorithm).sign(claims, tokenSeconds)
}
