import { fail } from '../../failures.ts'
import type { Policies } from '../../runtime.ts'
import type { Secret } from '../kernel/secret.ts'

/**
 * Whether somebody may make a user of themselves. Pure. Fails with `registration_closed` and `invitation_missing`; what an invitation is worth
 * is judged where it is used.
 */
export function assertMayRegister(
  registration: Policies['users']['registration'],
  shown: Secret | undefined,
): void {
  if (registration === 'closed') throw fail('registration_closed')
  if (registration === 'invitation' && !shown) throw fail('invitation_missing')
}
