import { fail } from '../../failures.ts'
import { recordEvents } from '../ledger/record-event.ts'
import { judgePassword, normalizePassword } from '../passwords/password.ts'
import type { Runtime } from '../runtime.ts'
import type { Secret } from '../secret.ts'
import { foldName, parseName, type User } from './user.ts'

type Needs = Pick<Runtime, 'store' | 'clock' | 'random' | 'root' | 'hasher' | 'policies'>

/** Makes a user. Fails with `username_unacceptable`, `password_unacceptable` or `username_taken`; nothing is kept then. */
export async function registerUser(runtime: Needs, name: string, password: Secret): Promise<User> {
  const verdict = judgePassword(password, runtime.policies.passwords)
  if (verdict !== 'good') throw fail('password_unacceptable', { detail: verdict })
  const user = await addUser(runtime, parseName(name), password)
  if (!user) throw fail('username_taken')
  return user
}

/** Makes a user with any password at all, or returns `undefined` when the name is taken. For development's sample user. */
export async function addUser(
  runtime: Omit<Needs, 'policies'>,
  name: string,
  password: Secret,
): Promise<User | undefined> {
  const { store, clock, random, hasher } = runtime
  const id = `u_${random.bytes(16).toString('base64url')}`
  const user: User = { id, name, createdAt: clock.now(), disabledAt: null }
  const hash = await hasher.hash(normalizePassword(password))
  const added = await store.transaction(async (tx) => {
    if (!(await tx.users.add(user, foldName(name), hash))) return false
    await recordEvents(runtime, tx, { type: 'user_registered', user: id, facts: {} })
    return true
  })
  return added ? user : undefined
}
