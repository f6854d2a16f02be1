import { createHmac } from 'node:crypto'
import { isCountersignError } from '@countersign/token'
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
 * the ledger.
 */
export async function signIn(
  runtime: Needs,
  name: string,
  password: Secret,
  origin: Origin,
): Promise<Continued> {
  try {
    const proof = await checkPassword(runtime, name, password)
    return await startSession(runtime, proof, origin)
  } catch (error) {
    if (isCountersignError(error) && error.code === 'credentials_wrong')
      await recordRefusal(runtime, name, origin)
    throw error
  }
}

/** The same look and the same write whether there is such a user or not, so that neither takes longer. */
async function recordRefusal(runtime: Needs, name: string, origin: Origin): Promise<void> {
  const { store, root } = runtime
  const folded = foldName(name)
  const unknownName = createHmac('sha256', root.key('unknown names').reveal()).update(folded)
  const digest = unknownName.digest('base64url').slice(0, 16)
  await store.transaction(async (tx) => {
    const user = (await tx.users.findByName(folded))?.user.id
    await recordEvents(runtime, tx, {
      type: 'login_refused',
      user,
      facts: {},
      personal: { ...origin, unknownName: user === undefined ? digest : undefined },
    })
  })
}
