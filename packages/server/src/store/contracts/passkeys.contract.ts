import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { resetFactors } from '../../domain/administration/reset-factors.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import {
  addPasskey,
  proposePasskey,
  removePasskey,
} from '../../domain/authentication/own-passkeys.ts'
import {
  passkeyOptions,
  signInWithPasskey,
} from '../../domain/authentication/sign-in-with-passkey.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { stepUp } from '../../domain/authentication/step-up.ts'
import {
  createAuthenticator,
  type Authenticator,
  type Ceremony,
} from '../../domain/factors/authenticator.fixture.ts'
import { maxPasskeysPerUser } from '../../domain/factors/passkey.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import type { Store } from '../../domain/store.ts'
import type { Database } from '../store.ts'
import { factorRuntimes, origin, successes } from './factors.fixture.ts'
import { openHandles } from './handles.fixture.ts'

const password = new Secret('correct horse battery')
const many = repetitions({ short: 20, long: 100 })

/** The contract of every store for passkeys, races included, with so many handles on one database. */
export function passkeysContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the passkeys contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('passkeys'), handles)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })
    const { time, runtime } = factorRuntimes(stores)
    let members = 0

    /** Registers a user who is signed in. */
    async function member() {
      const user = await registerUser(runtime(), `passkey member ${members++}`, password)
      const { session } = await signIn(runtime(), user.name, password, {})
      return { user, owner: { userId: user.id, sessionId: session.id, password, client: {} } }
    }
    type Owner = Awaited<ReturnType<typeof member>>['owner']

    /** Makes a passkey with an authenticator; the response is still to be sent. */
    async function makePasskey(owner: Owner, counting: boolean) {
      const authenticator = createAuthenticator({ origin, userId: owner.userId, counting })
      const { id, response } = authenticator.create(await proposePasskey(runtime(), owner))
      const { clientDataJSON: clientData, attestationObject: attestation, transports } = response
      const made = { credentialId: id, clientData, attestation, transports }
      return { authenticator, made: { name: 'Key', response: made } }
    }

    async function withPasskey({ counting = true } = {}) {
      const { user, owner } = await member()
      const { authenticator, made } = await makePasskey(owner, counting)
      const { id } = await addPasskey(runtime(), owner, made, {})
      return { user, owner, authenticator, id }
    }

    /** Signs a new challenge for a sign-in. */
    async function signed(authenticator: Authenticator, ceremony?: Ceremony) {
      const { id, response } = authenticator.get(await passkeyOptions(runtime()), ceremony)
      const { clientDataJSON: clientData, ...others } = response
      return { credentialId: id, clientData, ...others }
    }

    test('[22.30] one response of a passkey, presented many times at once, starts one session', async () => {
      const { user, authenticator } = await withPasskey({ counting: false }) // no counter helps
      const response = await signed(authenticator)
      const attempts = Array.from({ length: many }, (_, at) =>
        signInWithPasskey(runtime(at), response, {}),
      )
      assert.equal(await successes(attempts, /passkey_wrong/), 1)
      const alive = await runtime().store.sessions.listAlive(user.id, time.now)
      assert.equal(alive.length, 2, 'the one that added it, and one more')
    })

    test('[22.31] of two copies of an authenticator that sign at once, one is refused', async () => {
      for (let round = 0; round < 5; round++) {
        const { authenticator } = await withPasskey()
        const counter = 7
        const responses = [
          await signed(authenticator, { counter }),
          await signed(authenticator, { counter }),
          await signed(authenticator, { counter }),
        ]
        const attempts = responses.map((one, at) => signInWithPasskey(runtime(at), one, {}))
        assert.equal(await successes(attempts, /passkey_wrong/), 1)
        const back = await signed(authenticator, { counter: 6 })
        await assert.rejects(signInWithPasskey(runtime(), back, {}), { code: 'passkey_wrong' })
      }
    })

    test('[22.32] no session outlives a reset of factors that its passkey raced with', async () => {
      for (let round = 0; round < 6; round++) {
        const { user, authenticator } = await withPasskey()
        const races = [
          signInWithPasskey(runtime(round), await signed(authenticator), {}),
          resetFactors(runtime(round + 1), user.id, commandLine),
        ]
        await Promise.allSettled(races)
        assert.deepEqual(await runtime().store.sessions.listAlive(user.id, time.now), [])
        const late = signInWithPasskey(runtime(), await signed(authenticator), {})
        await assert.rejects(late, { code: 'passkey_wrong' })
      }
    })

    test('[22.33] a challenge serves its own purpose and session only', async () => {
      const { owner, authenticator } = await withPasskey()
      const response = await signed(authenticator)
      const proof = { kind: 'passkey', response } as const
      await assert.rejects(stepUp(runtime(), owner, proof, {}), { code: 'passkey_wrong' })
      time.now += 600
      const late = await signed(authenticator)
      time.now += 600
      await assert.rejects(signInWithPasskey(runtime(), late, {}), { code: 'passkey_wrong' })
      await runtime().store.passkeyChallenges.prune(time.now)
    })

    test('[22.35] a new passkey that is sent many times at once is added once, and there are 20 at most', async () => {
      const { user, owner } = await member()
      const list = async () => runtime().store.passkeys.list(user.id)
      const one = await makePasskey(owner, true)
      const repeated = Array.from({ length: 5 }, (_, at) =>
        addPasskey(runtime(at), owner, one.made, {}),
      )
      assert.equal(await successes(repeated, /passkey_wrong/), 1)
      assert.equal((await list()).length, 1)
      const others = []
      for (let at = 0; at < maxPasskeysPerUser + 4; at++)
        others.push(await makePasskey(owner, true))
      const attempts = others.map((other, at) => addPasskey(runtime(at), owner, other.made, {}))
      assert.equal(await successes(attempts, /passkeys_too_many/), maxPasskeysPerUser - 1)
      assert.equal((await list()).length, maxPasskeysPerUser)
    })

    test('[22.36] of two last factors that are removed at once, one stays if the policy requires it', async () => {
      for (let round = 0; round < 5; round++) {
        const { user, owner, authenticator, id } = await withPasskey()
        const second = await makePasskey(owner, true)
        const { id: other } = await addPasskey(runtime(), owner, second.made, {})
        const { session } = await signInWithPasskey(runtime(), await signed(authenticator), {})
        const owners = [owner, { ...owner, sessionId: session.id }] // so that no lock of a session helps
        const strict = (at: number) => {
          const { policies, ...rest } = runtime(at)
          return {
            ...rest,
            policies: { ...policies, factors: { requiredFor: 'everyone' } as const },
          }
        }
        const attempts = [id, other].map((one, at) => removePasskey(strict(at), owners[at]!, one))
        assert.equal(await successes(attempts, /factor_needed|session_ended/), 1)
        assert.equal((await runtime().store.passkeys.list(user.id)).length, 1)
      }
    })
  })
}
