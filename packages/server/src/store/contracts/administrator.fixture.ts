import type { Recording } from '../../domain/audit-log/record-event.ts'
import type { HashNeeds } from '../../domain/passwords/hash-new-password.ts'
import type { Runtime } from '../../runtime.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { ActingAdministrator } from '../../domain/administration/actor.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { foldName } from '../../domain/users/user.ts'

/** Makes an administrator who is signed in. */
export async function makeAdministrator(
  runtime: Pick<Runtime, 'store' | 'policies'> & Recording & HashNeeds,
  name: string,
  password: Secret,
): Promise<ActingAdministrator> {
  const user = await registerUser(runtime, name, password, { roles: ['admin'] })
  const hash = (await runtime.store.users.findByName(foldName(name)))?.hash ?? ''
  const { session } = await startSession(runtime, { user, hash, amr: ['pwd'] }, {})
  return { user: user.id, session: session.id }
}
