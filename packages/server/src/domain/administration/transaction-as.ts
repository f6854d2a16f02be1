import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { RecordDeps } from '../audit-log/record-event.ts'
import type { ClientTables } from '../clients/clients.ts'
import type { Locks, Transactions } from '../kernel/transactions.ts'
import type { LimitTables } from '../limits/limits.ts'
import type { MailTx } from '../mail/codes.ts'
import type { SessionTables, SessionTx } from '../sessions/sessions.ts'
import type { UserTables } from '../users/users.ts'
import {
  isClient,
  judgeActor,
  judgeClient,
  type ActingAdministrator,
  type ActingClient,
  type Actor,
} from './actor.ts'
import { hasFormerStatus } from '../authentication/access-token.ts'
import type { Session } from '../sessions/session.ts'

// Administration: what administrators do to other users, and the judgment of who may. Every operation here runs in `transactionAs`, which judges
// the administrator in the same transaction, so that no route, form or command can forget it.

/** The tables and locks of a transaction in which its actor is judged. */
export interface ActorTx extends UserTables, SessionTables, ClientTables, Locks {}

/** The tables of a transaction in which an administrator changes another user. */
export interface AdministrationTx extends SessionTx, MailTx, LimitTables, ClientTables {}

/** The dependencies of operations on other users. */
export interface AdministrationDeps extends RecordDeps {
  readonly store: Transactions<AdministrationTx> & SessionTables & UserTables
}

/**
 * Runs a transaction on behalf of an actor. An administrator or a service account is judged in it, because since the request was admitted they may have been demoted,
 * disabled, deleted or signed out. Actors take the lock `administrators`: if two take each other's rights away at once, one is first and the
 * other is refused. `undefined` is the server itself, or a user who registers, and takes no lock. Fails with `administrators_only` and
 * `session_ended`.
 */
export async function transactionAs<Tx extends ActorTx, T>(
  { store, clock }: { readonly store: Transactions<Tx>; readonly clock: Clock },
  by: Actor | undefined,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  const verdict = await store.transaction(async (tx) => {
    if (by === undefined) return { done: await work(tx) }
    await tx.lock('administrators')
    const judged = await judge(tx, by, clock.now())
    if (judged !== 'may_act') return judged
    return { done: await work(tx) }
  })
  if (typeof verdict === 'string') throw fail(verdict)
  return verdict.done
}

async function judge(tx: ActorTx, by: Actor, now: Seconds) {
  if (typeof by !== 'object') return 'may_act'
  if (isClient(by)) {
    const judged = judgeClient(await tx.clients.lock(by.client), by.scope)
    return judged === 'may_act' ? judgeToken(by, await tx.sessions.findGrantOf(by.client)) : judged
  }
  const [user, session] = [await tx.users.find(by.user), await tx.sessions.find(by.session)]
  const judged = judgeActor(user, session, now)
  return judged === 'may_act' ? judgeToken(by, session) : judged
}

/** Judges whether the token of the request was revoked since it was admitted: a password or a secret was replaced, because a thief has it. */
function judgeToken({ token }: ActingAdministrator | ActingClient, session: Session | undefined) {
  if (token === undefined) return 'may_act'
  return session && !hasFormerStatus(token, session) ? 'may_act' : 'session_ended'
}
