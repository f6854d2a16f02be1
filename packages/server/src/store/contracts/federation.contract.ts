import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { disableUser } from '../../domain/administration/disable-user.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import {
  addPasskey,
  proposePasskey,
  removePasskey,
} from '../../domain/authentication/own-passkeys.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { createAuthenticator } from '../../domain/factors/authenticator.fixture.ts'
import { finishFederatedSignIn } from '../../domain/federation/finish-federated-sign-in.ts'
import type {
  IdentityProvider,
  IdentityProviders,
  ProviderPolicy,
} from '../../domain/federation/identity-provider.ts'
import { finishLink, unlinkIdentity } from '../../domain/federation/link-identity.ts'
import { hashOf, Secret } from '../../domain/kernel/secret.ts'
import { inviteUser } from '../../domain/registration/invite-user.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { foldName } from '../../domain/users/user.ts'
import type { Store } from '../../domain/store.ts'
import type { Database } from '../store.ts'
import { factorRuntimes, origin, successes } from './factors.fixture.ts'
import { openHandles } from './handles.fixture.ts'

const password = new Secret('correct horse battery')
const many = repetitions({ short: 12, long: 60 })
const noInvitation = { invitationHash: null }

/** A provider whose answers the test writes itself. */
function providerNamed(name: string, policy: Partial<ProviderPolicy> = {}): IdentityProvider {
  return {
    name,
    title: name,
    policy: { newUsers: 'registration', emailDomains: [], trustsEmails: false, ...policy },
    authorizationUrl: async () => 'https://provider.example/authorize',
    readAnswer: async () => ({ kind: 'declined' }),
  }
}

const work = providerNamed('work')
const home = providerNamed('home')

const codeOf = (error: unknown) => (error as { code: string }).code

/** A user who comes from a provider. */
function comingFrom(
  provider: IdentityProvider,
  subject: string,
  {
    email = null,
    name = null,
  }: { readonly email?: string | null; readonly name?: string | null } = {},
) {
  const issuer = `https://${provider.name}.example`
  return { provider, user: { issuer, subject, verifiedEmail: email, suggestedName: name } }
}

/** The contract of every store for identities of other servers, races included, with so many handles on one database. */
export function federationContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the federation contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('federation'), handles)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })
    const { time, runtime: runtimeOf } = factorRuntimes(stores)
    const identityProviders: IdentityProviders = new Map([work, home].map((one) => [one.name, one]))
    const runtime = (index = 0) => ({ ...runtimeOf(index), identityProviders })
    let subjects = 0
    const newSubject = () => `subject-${subjects++}`

    const strict = (policies: Partial<ReturnType<typeof runtime>['policies']>, index = 0) => {
      const one = runtime(index)
      return { ...one, policies: { ...one.policies, ...policies } }
    }

    /** A user with a password, signed in. */
    async function member() {
      const user = await registerUser(runtime(), `federation member ${subjects++}`, password)
      const { session } = await signIn(runtime(), user.name, password, {})
      return { user, owner: { userId: user.id, sessionId: session.id, password, client: {} } }
    }

    /** A user who came from a provider, signed in and without a password. */
    async function newcomer(provider = work) {
      const subject = newSubject()
      const received = comingFrom(provider, subject)
      const grant = await finishFederatedSignIn(runtime(), received, noInvitation, {})
      const { user, session } = grant
      const owner = { userId: user.id, sessionId: session.id, password, client: {} }
      return { user, owner, received }
    }

    const linkTo = async (
      owner: { readonly userId: string; readonly sessionId: string },
      received: ReturnType<typeof comingFrom>,
      index = 0,
    ) => finishLink(runtime(index), received, owner, owner, {})

    const identitiesOf = async (userId: string) => runtime().store.identities.list(userId)

    test('[24.50] many first sign-ins of one account at once make one user', async () => {
      for (let round = 0; round < 3; round++) {
        const received = comingFrom(work, newSubject(), {
          name: `first ${round}`,
          email: `first${round}@example.com`,
        })
        const attempts = Array.from({ length: many }, (_, at) =>
          finishFederatedSignIn(runtime(at), received, noInvitation, {}),
        )
        const grants = await Promise.all(attempts)
        const users = new Set(grants.map(({ user }) => user.id))
        assert.equal(users.size, 1)
        const [id = ''] = users
        assert.equal((await identitiesOf(id)).length, 1)
        assert.equal((await runtime().store.users.find(id))?.hasPassword, false)
      }
    })

    test('[24.51] an account that two users link at once belongs to one of them', async () => {
      for (let round = 0; round < 6; round++) {
        const received = comingFrom(work, newSubject())
        const owners = [(await member()).owner, (await member()).owner, (await member()).owner]
        const links = owners.map((owner, at) => linkTo(owner, received, at))
        assert.equal(await successes(links, /identity_taken/), 1)
        const linked = await Promise.all(owners.map(({ userId }) => identitiesOf(userId)))
        assert.equal(linked.flat().length, 1)
      }
    })

    test('[24.74] an account that is linked during its first sign-in belongs to one user', async () => {
      for (let round = 0; round < 8; round++) {
        const received = comingFrom(work, newSubject())
        const { owner } = await member()
        const [signedIn, linked] = await Promise.allSettled([
          finishFederatedSignIn(runtime(round), received, noInvitation, {}),
          linkTo(owner, received, round + 1),
        ])
        assert.ok(signedIn.status === 'fulfilled')
        const { user } = signedIn.value
        assert.equal(linked.status === 'fulfilled', user.id === owner.userId)
        if (linked.status === 'rejected') assert.equal(codeOf(linked.reason), 'identity_taken')
        const counts = [await identitiesOf(user.id), await identitiesOf(owner.userId)]
        assert.equal(new Set(counts.flat().map(({ id }) => id)).size, 1)
      }
    })

    test('[24.52] of the last two identities, unlinked at once, one stays for a user without a password', async () => {
      for (let round = 0; round < 6; round++) {
        const { owner, user } = await newcomer()
        await linkTo(owner, comingFrom(home, newSubject()))
        const identities = await identitiesOf(user.id)
        const attempts = identities.map(({ id }, at) => unlinkIdentity(runtime(at), owner, id))
        assert.equal(await successes(attempts, /last_sign_in_method/), 1)
        assert.equal((await identitiesOf(user.id)).length, 1)
      }
    })

    test('[24.75] of the last identity and the last passkey, removed at once, one stays for a user without a password', async () => {
      for (let round = 0; round < 5; round++) {
        const { owner, user } = await newcomer()
        const authenticator = createAuthenticator({ origin, userId: user.id, counting: false })
        const { id, response } = authenticator.create(await proposePasskey(runtime(), owner))
        const { clientDataJSON: clientData, attestationObject: attestation, transports } = response
        const made = { credentialId: id, clientData, attestation, transports }
        const passkey = await addPasskey(runtime(), owner, { name: 'Key', response: made }, {})
        const [identity] = await identitiesOf(user.id)
        const attempts = [
          unlinkIdentity(runtime(), owner, identity?.id ?? ''),
          removePasskey(runtime(1), owner, passkey.id),
        ]
        assert.equal(await successes(attempts, /last_sign_in_method/), 1)
        const { length: passkeys } = await runtime().store.passkeys.list(user.id)
        assert.equal(passkeys + (await identitiesOf(user.id)).length, 1)
      }
    })

    test('[24.53] no session outlives the unlinking of the account that started it meanwhile', async () => {
      const closed = { users: { registration: 'closed' } } as const
      for (let round = 0; round < 6; round++) {
        const { owner, user } = await member()
        const received = comingFrom(work, newSubject())
        await linkTo(owner, received)
        const [identity] = await identitiesOf(user.id)
        const state = { isUnlinked: false }
        const signInAgain = async (at: number): Promise<void> => {
          while (!state.isUnlinked)
            await finishFederatedSignIn(strict(closed, at), received, noInvitation, {}).catch(
              (error: unknown) => assert.equal(codeOf(error), 'registration_closed'),
            )
        }
        const signIns = Array.from({ length: 4 }, (_, at) => signInAgain(at))
        await unlinkIdentity(runtime(round), owner, identity?.id ?? '')
        state.isUnlinked = true
        await Promise.all(signIns)
        const alive = await runtime().store.sessions.listAlive(user.id, time.now)
        assert.deepEqual(
          alive.map(({ id }) => id),
          [owner.sessionId],
        )
      }
    })

    test('[24.54] linking needs the session that asked for it, alive and in this browser', async () => {
      const { owner } = await member()
      const other = await member()
      const received = comingFrom(work, newSubject())
      const refused = { code: 'provider_answer_refused' }
      await assert.rejects(finishLink(runtime(), received, owner, undefined, {}), refused)
      await assert.rejects(finishLink(runtime(), received, owner, other.owner, {}), refused)
      await disableUser(runtime(), owner.userId, commandLine)
      await assert.rejects(linkTo(owner, received), { code: 'user_gone' })
      assert.deepEqual(await identitiesOf(owner.userId), [])
    })

    test('[24.55] an address links nothing: its user is refused, or gets an account of their own', async () => {
      const { store } = runtime()
      const victim = await registerUser(runtime(), 'victim', password, {
        email: 'victim@example.com',
      })
      const received = comingFrom(work, newSubject(), {
        email: 'Victim@example.com',
        name: 'victim',
      })
      const grant = await finishFederatedSignIn(runtime(), received, noInvitation, {})
      assert.notEqual(grant.user.id, victim.id, 'an unverified local address is not proof')
      assert.equal(grant.user.email, null)
      assert.match(grant.user.name, /^victim-[0-9a-f]{10}$/)
      await store.transaction((tx) => tx.users.setEmail(victim.id, 'victim@example.com', time.now))
      const again = comingFrom(home, newSubject(), { email: 'victim@example.com' })
      const taken = { code: 'identity_email_taken' }
      await assert.rejects(finishFederatedSignIn(runtime(), again, noInvitation, {}), taken)
      assert.deepEqual(await identitiesOf(victim.id), [])
    })

    test('[24.56] an address that changes at the provider changes nothing here', async () => {
      const subject = newSubject()
      const earlier = comingFrom(work, subject, { email: 'before@example.com', name: 'changer' })
      const { user } = await finishFederatedSignIn(runtime(), earlier, noInvitation, {})
      const other = await registerUser(runtime(), 'after', password, { email: 'after@example.com' })
      const later = comingFrom(work, subject, { email: 'after@example.com', name: 'after' })
      const grant = await finishFederatedSignIn(runtime(), later, noInvitation, {})
      assert.equal(grant.user.id, user.id)
      assert.equal(grant.user.email, 'before@example.com')
      assert.deepEqual(await identitiesOf(other.id), [])
    })

    test('[24.57] registration and the setting of the provider decide who becomes a user', async () => {
      const finish = (
        registration: 'open' | 'invitation' | 'closed',
        newUsers: ProviderPolicy['newUsers'],
        invitation?: Secret,
      ) =>
        finishFederatedSignIn(
          strict({ users: { registration } }),
          comingFrom(providerNamed('work', { newUsers }), newSubject()),
          { invitationHash: invitation ? hashOf(invitation) : null },
          {},
        )
      await assert.rejects(finish('open', 'never'), { code: 'identity_unknown' })
      await assert.rejects(finish('closed', 'registration'), { code: 'registration_closed' })
      await assert.rejects(finish('invitation', 'registration'), { code: 'invitation_missing' })
      const unusable = { code: 'invitation_unusable' }
      await assert.rejects(finish('open', 'registration', new Secret('csin_x')), unusable)
      assert.ok(await finish('closed', 'always'))
      const { secret } = await inviteUser(runtime(), 60, ['editor'], commandLine)
      const { user } = await finish('invitation', 'registration', secret)
      assert.deepEqual(user.roles, ['editor'])
      await assert.rejects(finish('invitation', 'registration', secret), unusable)
    })

    test('[24.58] a disabled user stays out, and an address is verified only if the settings trust the provider', async () => {
      const { user, received } = await newcomer()
      await disableUser(runtime(), user.id, commandLine)
      const wrong = { code: 'credentials_wrong' }
      await assert.rejects(finishFederatedSignIn(runtime(), received, noInvitation, {}), wrong)
      for (const trustsEmails of [false, true]) {
        const provider = providerNamed('work', { trustsEmails })
        const email = `trusts-${trustsEmails}@example.com`
        const from = comingFrom(provider, newSubject(), { email })
        const grant = await finishFederatedSignIn(runtime(), from, noInvitation, {})
        assert.equal(grant.user.emailVerifiedAt !== null, trustsEmails)
      }
    })

    test('[24.59] the policy of second factors holds for sign-ins with a provider', async () => {
      const { user, owner, received } = await newcomer()
      const required = strict({ factors: { requiredFor: 'everyone' } })
      const missing = { code: 'factor_enrolment_required' }
      await assert.rejects(finishFederatedSignIn(required, received, noInvitation, {}), missing)
      const alive = await runtime().store.sessions.listAlive(user.id, time.now)
      assert.deepEqual(
        alive.map(({ id }) => id),
        [owner.sessionId],
      )
      const found = await runtime().store.users.findByName(foldName(user.name))
      assert.equal(found?.user.hasPassword, false)
    })

    test('a request is taken once, by its browser and its provider, and not after ten minutes', async () => {
      const { federatedRequests } = runtime().store
      const key = { stateHash: 'state', browserHash: 'browser', provider: 'work' }
      const none = { sessionId: null, userId: null, returnTo: '/x', invitationHash: null }
      const request = { ...key, ...none, expiresAt: time.now + 600 }
      await federatedRequests.add(request)
      assert.equal(
        await federatedRequests.take({ ...key, browserHash: 'other' }, time.now),
        undefined,
      )
      assert.equal(await federatedRequests.take({ ...key, provider: 'home' }, time.now), undefined)
      assert.equal(await federatedRequests.take(key, time.now + 600), undefined)
      const takes = Array.from({ length: many }, (_, at) =>
        runtime(at).store.federatedRequests.take(key, time.now),
      )
      const taken = (await Promise.all(takes)).filter((one) => one !== undefined)
      assert.deepEqual(taken, [request])
      await federatedRequests.add({ ...request, stateHash: 'old' })
      await federatedRequests.prune(time.now + 601)
      assert.equal(await federatedRequests.take({ ...key, stateHash: 'old' }, time.now), undefined)
    })
  })
}
