import type { Clock } from '@countersign/token'
import type { Log } from '../kernel/ports.ts'
import type { User } from '../users/user.ts'
import type { UserTables } from '../users/users.ts'
import type { LimitedHooks } from './hooks.ts'

/** The dependencies of {@link announceUser} and {@link announceUsers}. */
export interface AnnounceDeps {
  readonly store: UserTables
  readonly clock: Clock
  readonly hooks: Pick<LimitedHooks, 'userCreated'>
}

/** Announces a user to the application, unless that is done already. Fails with `hook_failed`. */
export async function announceUser(
  { store, clock, hooks }: AnnounceDeps,
  user: User,
): Promise<void> {
  if (!hooks.userCreated || !(await store.users.isUnannounced(user.id))) return
  await hooks.userCreated(user)
  await store.users.markAnnounced(user.id, clock.now())
}

const batch = 100 // users of one run
const maxFailures = 5 // of one run: an application that is down must not be called a hundred times

/**
 * Announces users who were added without a sign-in, such as by an import or by the command line of another process. A failure is logged, and the user is
 * announced at the next run, or at their sign-in.
 */
export async function announceUsers(deps: AnnounceDeps & { readonly log: Log }): Promise<void> {
  const { store, hooks, log } = deps
  if (!hooks.userCreated) return
  let failures = 0
  for (const user of await store.users.listUnannounced(batch)) {
    try {
      await announceUser(deps, user)
    } catch (error) {
      log.error({ error, user: user.id }, 'a new user could not be announced to the application')
      if (++failures === maxFailures) return
    }
  }
}
