import type { ActingAdministrator } from '../../domain/administration/actor.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { addUser, type RegisterDeps } from '../../domain/registration/register-user.ts'
import { startSession, type StartSessionDeps } from '../../domain/sessions/start-session.ts'
import { foldName } from '../../domain/users/user.ts'

/** Makes an administrator who is signed in. */
export async function makeAdministrator(
  deps: RegisterDeps & StartSessionDeps,
  name: string,
  password: Secret,
): Promise<ActingAdministrator> {
  const user = await addUser(deps, name, password, { roles: ['admin'], by: commandLine })
  const hash = (await deps.store.users.findByName(foldName(name)))?.hash ?? ''
  const { session } = await startSession(deps, { user, hash, amr: ['pwd'] }, {})
  return { user: user.id, session: session.id }
}
