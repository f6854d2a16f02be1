import { createHmac } from 'node:crypto'
import { isCountersignError } from '@countersign/token'
import { admitGuess, type Admission } from '../limits/limit-guesses.ts'
import { recordEvents } from '../ledger/record-event.ts'
import { checkPassword } from '../passwords/check-password.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import { foldName } from '../users/user.ts'
import type { Continued } from './rotate-refresh-token.ts'
import { startSession, type Origin } from './start-session.ts'

type Needs = Pick<Runtime, 'store' | 'clock' | 'random' | 'root' | 'hasher' | 'policies'>

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
  const target = { name: foldName(name), address: origin.address }
  const admission = await admitGuess(runtime, target)
  let signedIn: Continued
  try {
    const proof = await checkPassword(runtime, name, password)
    signedIn = await startSession(runtime, proof, origin)
  } catch (error) {
    const wrong = isCountersignError(error) && error.code === 'credentials_wrong'
    await (wrong ? refuse(runtime, target.name, origin, admission) : admission.untested())
    throw error
  }
  await admission.right()
  return signedIn
}

/** The same look and the same writes whether there is such a user or not, so that neither takes longer. */
async function refuse(
  runtime: Needs,
  foldedName: string,
  origin: Origin,
  admission: Admission,
): Promise<void> {
  const { store, root } = runtime
  const mac = createHmac('sha256', root.key('unknown names').reveal()).update(foldedName)
  const digest = mac.digest('base64url').slice(0, 16)
  await store.transaction(async (tx) => {
    await admission.wrong(tx)
    const user = (await tx.users.findByName(foldedName))?.user.id
    await recordEvents(runtime, tx, {
      type: 'login_refused',
      user,
      facts: {},
      personal: { ...origin, unknownName: user === undefined ? digest : undefined },
    })
  })
}
