import type { Clock } from '@countersign/token'
import type { Log, Metrics } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { openMail } from './enqueue-mail.ts'
import type { MailTx } from './codes.ts'
import { planRetry, type Delivery, type Mailer } from './mail.ts'
import { foldEmail } from '../users/email.ts'
import type { UserTables } from '../users/users.ts'
import type { OutboxItem, OutboxTables } from './outbox.ts'

/** The dependencies of {@link sendMail}. */
export interface SendMailDeps {
  readonly store: OutboxTables & UserTables
  readonly clock: Clock
  readonly root: RootSecret
  readonly log: Log
  readonly metrics: Metrics
  /** `undefined` on a server that cannot send mail. */
  readonly mailer: Mailer | undefined
}

/** The time for which a claimed mail is left to the server that claimed it, in seconds; the mailer gives up well before. */
export const leaseSeconds = 60

const maxAtOnce = 5 // connections to the SMTP server
const retentionSeconds = 30 * 86_400 // for which an operator can see a dead letter

/**
 * Sends the mails that are due. Each is claimed before it is sent and deleted afterwards: a server that dies in between sends it again, with
 * the same Message-ID, when the lease has ended.
 */
export async function sendMail(deps: SendMailDeps): Promise<void> {
  const { store, clock, mailer } = deps
  if (!mailer) return
  for (;;) {
    const now = clock.now()
    const claimed = await store.outbox.claim(now, now + leaseSeconds, maxAtOnce)
    await Promise.all(claimed.map((item) => sendOne(deps, mailer, item)))
    if (claimed.length < maxAtOnce) return
  }
}

async function sendOne(deps: SendMailDeps, mailer: Mailer, item: OutboxItem): Promise<void> {
  const { store, clock, log, metrics } = deps
  const { id, kind, deliverUntil, attempts } = item
  const delivery = await attempt(deps, mailer, item)
  const now = clock.now()
  if (delivery.kind === 'sent' || delivery.kind === 'dropped') {
    await store.outbox.remove(item)
    metrics.count('mails_total', { outcome: delivery.kind })
    log.info(
      { mail: id, kind },
      delivery.kind === 'sent' ? 'mail sent' : 'no user has this address',
    )
    return
  }
  const { error } = delivery
  const next = delivery.kind === 'deferred' ? planRetry(attempts, now, deliverUntil) : undefined
  const outcome =
    next !== undefined ? 'deferred' : delivery.kind === 'rejected' ? 'rejected' : 'expired'
  metrics.count('mails_total', { outcome })
  if (next !== undefined) {
    await store.outbox.defer(item, next, error)
    log.warn({ mail: id, kind, attempts, error }, 'mail deferred; it will be tried again')
  } else {
    await store.outbox.bury(item, now, error)
    log.error({ mail: id, kind, attempts, error }, 'mail failed; the console lists it')
  }
}

/** Delivers a mail once, unless it is too late, cannot be decrypted, or is only for users and none has the address. */
async function attempt(
  deps: SendMailDeps,
  mailer: Mailer,
  item: OutboxItem,
): Promise<Delivery | { readonly kind: 'dropped' }> {
  if (deps.clock.now() >= item.deliverUntil)
    return { kind: 'deferred', error: item.error ?? 'too late: no server was sending' }
  const mail = openMail(deps, item)
  if (!mail) return { kind: 'rejected', error: 'cannot be decrypted' }
  if (!mail.onlyTo) return mailer.deliver(mail)
  const user = await deps.store.users.findByEmail(foldEmail(mail.to))
  const isVerified = mail.onlyTo === 'users' || user?.emailVerifiedAt != null
  if (!user?.email || user.disabledAt !== null || !isVerified) return { kind: 'dropped' }
  const language = user.language ?? mail.language // the request did not look for a user
  const to = user.email // not as the request spelled it: what folds to the same may be the mailbox of another person
  return mailer.deliver({ ...mail, to, language, values: { ...mail.values, name: user.name } })
}

/** Deletes dead letters that are older than 30 days, and codes that have expired. */
export async function pruneMail({
  store,
  clock,
  log,
}: Pick<SendMailDeps, 'clock' | 'log'> & { readonly store: MailTx }): Promise<void> {
  const mails = await store.outbox.prune(clock.now() - retentionSeconds)
  await store.mailCodes.prune(clock.now())
  if (mails > 0) log.info({ mails }, 'deleted old dead letters')
}
