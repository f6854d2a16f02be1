import { isCountersignError } from '@countersign/token'
import { createHmac } from 'node:crypto'
import { personalOf, type SecurityEvent } from '../audit-log/event.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Metrics } from '../kernel/ports.ts'
import type { Secret } from '../kernel/secret.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import { checkPasswordAttempt, type PasswordTx } from '../passwords/check-password-attempt.ts'
import { checkPassword } from '../passwords/check-password.ts'
import type { ConfirmDeps } from '../passwords/confirm-password.ts'
import type { SessionGrant } from '../sessions/session.ts'
import { startSession, type StartSessionDeps } from '../sessions/start-session.ts'
import { foldEmail } from '../users/email.ts'
import { foldName } from '../users/user.ts'

// Authentication: a user proves who they are, and gets a session and its tokens.

/** The dependencies of {@link signIn}. */
export interface SignInDeps extends ConfirmDeps {
  readonly policies: ConfirmDeps['policies'] & StartSessionDeps['policies']
  readonly metrics: Metrics
}

/**
 * Signs a user in with a name, or a verified e-mail address, and a password. Fails with `credentials_wrong` for every wrong pair alike, and records that in the audit log;
 * fails with `login_delayed` after too many of them, before the password is checked.
 */
export async function signIn(
  deps: SignInDeps,
  login: string | { readonly email: string },
  password: Secret,
  client: ClientInfo,
): Promise<SessionGrant> {
  const name = typeof login === 'string' ? login : await nameOf(deps, login.email)
  const foldedName = foldName(name)
  const count = (outcome: string) => deps.metrics.count('logins_total', { outcome })
  try {
    const grant = await checkPasswordAttempt(
      deps,
      { name: foldedName, address: client.address, device: client.device },
      async () => startSession(deps, await checkPassword(deps, name, password), client),
      (tx) => refusalOf(deps, tx, foldedName, client),
    )
    count('signed_in')
    return grant
  } catch (error) {
    count(isCountersignError(error) ? error.code : 'internal')
    throw error
  }
}

/** Returns the name of the user who has a verified address, or else a name that no user has: the check of the password then does the same work. */
async function nameOf({ store }: SignInDeps, email: string): Promise<string> {
  const user = await store.users.findByEmail(foldEmail(email))
  return user?.emailVerifiedAt != null ? user.name : `\u0001${foldEmail(email)}`
}

/**
 * Returns the event of a refused sign-in, or `undefined` for one that a later entry stands for. It reads and writes the same whether the user
 * exists or not, so that timing reveals nothing.
 */
async function refusalOf(
  deps: SignInDeps,
  tx: PasswordTx,
  foldedName: string,
  client: ClientInfo,
): Promise<SecurityEvent | undefined> {
  const mac = createHmac('sha256', deps.root.key('unknown names').reveal()).update(foldedName)
  const digest = mac.digest('base64url').slice(0, 16)
  const user = (await tx.users.findByName(foldedName))?.user.id
  const unknownName = user === undefined ? digest : undefined
  const network = client.address === undefined ? '' : clientNetworkOf(client.address) // unknown addresses count as one network
  const standsFor = await countRefusal(deps, tx, 'refusals-from-network', network)
  if (standsFor === 0) return undefined
  const facts = standsFor === 1 ? {} : { count: standsFor }
  return { type: 'login_refused', user, facts, personal: { ...personalOf(client), unknownName } }
}
