import { isCountersignError } from '@countersign/token'
import { createHmac } from 'node:crypto'
import { countRefusal } from '../ledger/count-refusal.ts'
import type { SecurityEvent } from '../ledger/event.ts'
import { checkGuess } from '../passwords/check-guess.ts'
import { checkPassword } from '../passwords/check-password.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import type { Transaction } from '../store.ts'
import { foldName } from '../users/user.ts'
import type { Continued } from './rotate-refresh-token.ts'
import { startSession, type Origin } from './start-session.ts'

type Needs = Pick<
  Runtime,
  'store' | 'clock' | 'random' | 'root' | 'hasher' | 'policies' | 'guessQueue' | 'metrics'
>

/**
 * Signs somebody in with a user name and a password. Fails with `credentials_wrong`, for every wrong pair alike, and writes that to
 * the ledger; fails with `login_delayed` after too many of them, before anything is looked at.
 */
export async function signIn(
  runtime: Needs,
  name: string,
  password: Secret,
  origin: Origin,
): Promise<Continued> {
  const foldedName = foldName(name)
  const counted = (outcome: string) => runtime.metrics.count('logins_total', { outcome })
  try {
    const continued = await checkGuess(
      runtime,
      { name: foldedName, address: origin.address },
      async () => startSession(runtime, await checkPassword(runtime, name, password), origin),
      (tx) => refusalOf(runtime, tx, foldedName, origin),
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
  origin: Origin,
): Promise<SecurityEvent | undefined> {
  const { root } = runtime
  const mac = createHmac('sha256', root.key('unknown names').reveal()).update(foldedName)
  const digest = mac.digest('base64url').slice(0, 16)
  const user = (await tx.users.findByName(foldedName))?.user.id
  const unknownName = user === undefined ? digest : undefined
  const standsFor = await countRefusal(runtime, tx, origin.address)
  if (standsFor === 0) return undefined
  const facts = standsFor === 1 ? {} : { count: standsFor }
  return { type: 'login_refused', user, facts, personal: { ...origin, unknownName } }
}
