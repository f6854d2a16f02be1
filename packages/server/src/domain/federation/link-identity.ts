import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import { changeOwn, type OwnFactorDeps } from '../authentication/change-own-factors.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import { notifyOwner } from '../mail/enqueue-mail.ts'
import { judgeSession, type Owner } from '../passwords/confirm-password.ts'
import { endingOf, type SessionOwner } from '../sessions/end-sessions.ts'
import { judgeUnlink, maxIdentitiesPerUser } from '../users/identity.ts'
import type { FederatedRequest } from './federated-request.ts'
import type { BeginFederatedDeps } from './begin-federated-sign-in.ts'
import { identityLinked, newIdentity } from './finish-federated-sign-in.ts'
import type { ReceivedUser } from './receive-answer.ts'

/** The dependencies of linking and unlinking an identity. */
export interface LinkDeps extends OwnFactorDeps, BeginFederatedDeps {
  readonly store: OwnFactorDeps['store'] & BeginFederatedDeps['store']
}

/**
 * Links an identity to the user who has asked for it in a session, which must still be alive and be the one of this browser. Another user's identity stays
 * theirs. Fails with `provider_answer_refused`, `identity_taken`, `identities_too_many`, `user_gone` and `session_ended`.
 */
export async function finishLink(
  deps: LinkDeps,
  received: ReceivedUser,
  request: Pick<FederatedRequest, 'userId' | 'sessionId'>,
  visitor: SessionOwner | undefined,
  client: ClientInfo,
): Promise<void> {
  const { userId, sessionId } = request
  const { provider } = received
  if (visitor?.userId !== userId || visitor?.sessionId !== sessionId || !visitor)
    throw fail('provider_answer_refused', {
      facts: { provider: provider.name, problem: 'other_session' },
    })
  const identity = newIdentity(deps, visitor.userId, received)
  const verdict = await deps.store.transaction(async (tx) => {
    const judged = await judgeSession(deps, tx, visitor)
    if (typeof judged === 'string') return judged
    await tx.lock('identities')
    const linked = await tx.identities.find(identity.issuer, identity.subject)
    if (linked) return linked.userId === visitor.userId ? 'linked' : 'identity_taken'
    const { length } = await tx.identities.list(visitor.userId)
    if (length >= maxIdentitiesPerUser) return 'identities_too_many'
    if (!(await tx.identities.add(identity))) return 'identity_taken'
    const values = { provider: provider.title }
    await notifyOwner(deps, tx, judged.user, 'identity-linked', { client, values })
    await recordEvents(deps, tx, identityLinked(identity, client))
    return 'linked'
  })
  if (verdict !== 'linked') throw fail(verdict, { facts: { user: visitor.userId } })
}

/**
 * Unlinks an identity of the signed-in user, but never the last way in. All other sessions end, because it may have started one, and so do sign-ins that wait
 * for a second factor. Fails as `changeOwn` does, with `identity_unknown` and `last_sign_in_method`.
 */
export async function unlinkIdentity(deps: LinkDeps, owner: Owner, id: string): Promise<void> {
  await changeOwn(deps, owner, async (tx, { user, session }) => {
    const identities = await tx.identities.list(user.id)
    const { length: passkeys } = await tx.passkeys.list(user.id)
    const verdict = judgeUnlink(deps.policies.federation, { user, passkeys, identities }, id)
    if (verdict !== 'may_unlink') return verdict
    const provider = identities.find((one) => one.id === id)?.provider ?? ''
    await tx.identities.delete(user.id, id)
    await tx.pendingSignIns.deleteAll(user.id)
    const reason = 'identity_unlinked'
    const ended = await tx.sessions.endAll(user.id, deps.clock.now(), reason, session.id)
    const values = { provider: deps.identityProviders.get(provider)?.title ?? provider }
    await notifyOwner(deps, tx, user, 'identity-unlinked', { client: owner.client, values })
    const unlinked = { type: 'identity_unlinked', user: user.id, facts: { provider } } as const
    const events = [
      { ...unlinked, personal: personalOf(owner.client) },
      ...ended.map((one) => endingOf(user.id, one, reason)),
    ]
    return { result: undefined, events }
  })
}
