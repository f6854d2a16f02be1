import { isCountersignError } from '@countersign/token'
import { createHmac } from 'node:crypto'
import { countRefusal } from '../audit-log/count-refusal.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { checkPasswordAttempt } from '../passwords/check-password-attempt.ts'
import { checkPassword } from '../passwords/check-password.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'
import type { Transaction } from '../store.ts'
import { foldName } from '../users/user.ts'
import type { SessionGrant } from '../sessions/rotate-refresh-token.ts'
import { startSession, type ClientInfo } from '../sessions/start-session.ts'

type Needs = Pick<
  Runtime,
  'store' | 'clock' | 'random' | 'root' | 'hasher' | 'policies' | 'attemptQueue' | 'metrics'
>

/**
 * Signs somebody in with a user name and a password. Fails with `credentials_wrong`, for every wrong pair alike, and writes that to
 * the audit log; fails with `login_delayed` after too many of them, before anything is looked at.
 */
export async function signIn(
  runtime: Needs,
  name: string,
  password: Secret,
  client: ClientInfo,
): Promise<SessionGrant> {
  const foldedName = foldName(name)
  const counted = (outcome: string) => runtime.metrics.count('logins_total', { outcome })
  try {
    const continued = await checkPasswordAttempt(
      runtime,
      { name: foldedName, address: client.address },
      async () => startSession(runtime, await checkPassword(runtime, name, password), client),
      (tx) => refusalOf(runtime, tx, foldedName, client),
    )
    counted('signed_in')
    return continued
  } catch (error) {
    counted(isCountersignError(error) ? error.code : 'internal')
    throw error
  }
}

/** The same look and the same write whether there is such a user or not, so that neither takes longer; nothing for one that is told of later. */
async function refusalOf(
  runtime: Needs,
  tx: Transaction,
  foldedName: string,
  client: ClientInfo,
): Promise<SecurityEvent | undefined> {
  const { root } = runtime
  const mac = createHmac('sha256', root.key('unknown names').reveal()).update(foldedName)
  const digest = mac.digest('base64url').slice(0, 16)
  const user = (await tx.users.findByName(foldedName))?.user.id
  const unknownName = user === undefined ? digest : undefined
  const standsFor = await countRefusal(runtime, tx, client.address)
  if (standsFor === 0) return undefined
  const facts = standsFor === 1 ? {} : { count: standsFor }
  return { type: 'login_refused', user, facts, personal: { ...client, unknownName } }
}
