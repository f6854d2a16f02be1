import type { Clock } from '@countersign/token'
import { fail } from '../../failures.ts'
import { changeOwn, type OwnFactorDeps } from '../authentication/change-own-factors.ts'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import type { Owner } from '../passwords/confirm-password.ts'
import type { PasswordTx } from '../passwords/check-password-attempt.ts'
import type { InvitationDeps } from '../registration/invitations.ts'
import { assertInvited } from '../registration/redeem-invitation.ts'
import { maxIdentitiesPerUser } from '../users/identity.ts'
import {
  federatedRequestSeconds,
  newState,
  upstreamRequestOf,
  type FederatedRequest,
  type FederatedRequestTables,
} from './federated-request.ts'
import type { IdentityProvider, IdentityProviders } from './identity-provider.ts'

/** The dependencies of sending a user to a provider. */
export interface BeginFederatedDeps {
  readonly identityProviders: IdentityProviders
  readonly root: RootSecret
  readonly random: Random
  readonly clock: Clock
  readonly issuer: { readonly url: string }
  readonly store: FederatedRequestTables
}

/** The browser of a sign-in with a provider, and its destination. */
export interface FederatedSignIn {
  /** The secret of the browser's cookie. */
  readonly browser: Secret
  readonly returnTo: string | undefined
  /** The invitation of a user who wants an account. */
  readonly invitation?: Secret | undefined
  /** Asks the provider to authenticate the user again, if it has OpenID Connect. */
  readonly again?: boolean
}

/**
 * Begins a sign-in with a provider. Returns the URL to send the browser to. Fails with `provider_unknown`, `provider_unavailable`, and as
 * {@link assertInvited} does.
 */
export async function beginFederatedSignIn(
  deps: BeginFederatedDeps & InvitationDeps,
  name: string,
  { browser, returnTo, invitation, again = false }: FederatedSignIn,
): Promise<string> {
  const provider = getProvider(deps, name)
  if (invitation) await assertInvited(deps, invitation)
  const { url, request } = await prepare(deps, provider, browser, again)
  await deps.store.federatedRequests.add({
    ...request,
    sessionId: null,
    userId: null,
    returnTo: returnTo ?? null,
    invitationHash: invitation ? hashOf(invitation) : null,
  })
  return url
}

/** The dependencies of {@link beginLink}. */
export interface BeginLinkDeps extends BeginFederatedDeps, OwnFactorDeps {
  readonly store: OwnFactorDeps['store'] &
    FederatedRequestTables &
    Transactions<PasswordTx & FederatedRequestTables>
}

/**
 * Begins linking an identity in the session of a user, who confirms it like a change of factors. Returns the URL to send the browser to. Fails as
 * `changeOwn` does, with `identities_too_many`, and as {@link beginFederatedSignIn} does.
 */
export async function beginLink(
  deps: BeginLinkDeps,
  name: string,
  owner: Owner,
  { browser, returnTo }: { readonly browser: Secret; readonly returnTo: string },
): Promise<string> {
  const provider = getProvider(deps, name)
  const { userId, sessionId } = owner
  await changeOwn(deps, owner, async (tx, { user }) => {
    const { length } = await tx.identities.list(user.id)
    return length < maxIdentitiesPerUser ? { result: undefined } : 'identities_too_many'
  })
  const { url, request } = await prepare(deps, provider, browser, true)
  await deps.store.federatedRequests.add({
    ...request,
    sessionId,
    userId,
    returnTo,
    invitationHash: null,
  })
  return url
}

/** Returns a provider of the settings. Fails with `provider_unknown`. */
export function getProvider(
  { identityProviders }: Pick<BeginFederatedDeps, 'identityProviders'>,
  name: string,
): IdentityProvider {
  const provider = identityProviders.get(name)
  if (!provider) throw fail('provider_unknown')
  return provider
}

async function prepare(
  deps: BeginFederatedDeps,
  provider: IdentityProvider,
  browser: Secret,
  again: boolean,
): Promise<{
  readonly url: string
  readonly request: Pick<FederatedRequest, 'stateHash' | 'browserHash' | 'provider' | 'expiresAt'>
}> {
  const state = newState(deps.random)
  const upstream = upstreamRequestOf(deps, provider.name, { state, browser })
  const url = await provider.authorizationUrl(upstream, again)
  const expiresAt = deps.clock.now() + federatedRequestSeconds
  const hashes = { stateHash: hashOf(state), browserHash: hashOf(browser) }
  return { url, request: { ...hashes, provider: provider.name, expiresAt } }
}
