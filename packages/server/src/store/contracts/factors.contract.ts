import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { codeAt } from '@countersign/testing/authenticator'
import { repetitions } from '@countersign/testing/proofs'
import { resetFactors } from '../../domain/administration/reset-factors.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { enrolInSignIn, proposeInSignIn } from '../../domain/authentication/enrol-in-sign-in.ts'
import { finishSignIn } from '../../domain/authentication/finish-sign-in.ts'
import { confirmTotp, proposeTotp, removeTotp } from '../../domain/authentication/own-factors.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { stepUp } from '../../domain/authentication/step-up.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { changePassword } from '../../domain/passwords/change-password.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { foldName } from '../../domain/users/user.ts'
import { testHasher } from '../../platform/crypto/test-hasher.ts'
import type { Store } from '../../domain/store.ts'
import type { Database } from '../store.ts'
import { factorRuntimes, successes } from './factors.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import { policies } from './policies.fixture.ts'

const password = new Secret('correct horse battery')
const many = repetitions({ short: 20, long: 100 })

/** The contract of every store for second factors, races included, with so many handles on one database. */
export function factorsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the factors contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('factors'), handles)))
    })
    after(async () => {
      await Promise.all(stores.map((one) => one.close()))
    })

    const { time, runtime } = factorRuntimes(stores)
    let made = 0
    /** Registers a user with an authenticator application; a step later, so that its next code is new. */
    async function member() {
      const user = await registerUser(runtime(), `member ${made++}`, password)
      const { session } = await signIn(runtime(), user.name, password, {})
      const owner = { userId: user.id, sessionId: session.id, password, client: {} }
      const { secret } = await proposeTotp(runtime(), owner)
      const code = () => new Secret(codeAt(secret.reveal(), time.now))
      const { recoveryCodes } = await confirmTotp(runtime(), owner, code(), {})
      time.now += 30
      return { user, owner, code, recoveryCodes, secret }
    }

    /** Takes the first step of a sign-in and returns the secret of the second. */
    async function firstStep(userName: string, at = 0): Promise<Secret> {
      const failed = await signIn(runtime(at), userName, password, {}).catch(
        (error: { code: string; facts: { signIn: Secret } }) => error,
      )
      assert.ok('code' in failed)
      assert.equal(failed.code, 'factor_required')
      return failed.facts.signIn
    }

    /** Takes many first steps of a user, as few at once as the queue of passwords takes. */
    async function firstSteps(userName: string): Promise<readonly Secret[]> {
      const steps: Secret[] = []
      while (steps.length < many) {
        const some = Array.from({ length: 10 }, (_, at) => firstStep(userName, at))
        steps.push(...(await Promise.all(some)))
      }
      return steps
    }

    test('[22.1] one code of an application, presented by many sign-ins at once, starts one session', async () => {
      const { user, code } = await member()
      const steps = await firstSteps(user.name)
      const proof = { kind: 'totp', code: code() } as const
      const attempts = steps.map((step, at) =>
        finishSignIn(runtime(at), step, proof, { address: `192.0.2.${at}` }),
      )
      assert.equal(await successes(attempts, /factor_wrong|login_delayed/), 1)
      const alive = await runtime().store.sessions.listAlive(user.id, time.now)
      assert.equal(alive.length, 2, 'the one that enrolled, and one more')
    })

    test('[22.56] a short password is never left alone, when it is set while the last factor is removed', async () => {
      const short = new Secret('ojwmtfrl')
      for (let round = 0; round < many; round++) {
        const { user, owner } = await member()
        await Promise.allSettled([
          changePassword(runtime(round), owner, short),
          removeTotp(runtime(round + 1), owner),
        ])
        const { totp } = await runtime().store.enrolledFactors.find(user.id)
        const found = await runtime().store.users.findByName(foldName(user.name))
        const isShort = await testHasher.verify(found?.hash ?? '', short, [])
        assert.ok(totp || !isShort, `round ${round}: the short password is the only factor`)
      }
    })

    test('[22.2] one recovery code, presented by many sign-ins at once, starts one session', async () => {
      const { user, recoveryCodes } = await member()
      const steps = await firstSteps(user.name)
      const proof = { kind: 'recovery_code', code: recoveryCodes[0]! } as const
      const attempts = steps.map((step, at) => finishSignIn(runtime(at), step, proof, {}))
      assert.equal(await successes(attempts, /factor_wrong/), 1)
      assert.equal(await runtime().store.recoveryCodes.count(user.id), 9)
    })

    test('[22.3] one first step, completed many times at once with different codes, starts one session', async () => {
      const { user, recoveryCodes } = await member()
      const step = await firstStep(user.name)
      const attempts = recoveryCodes.map((code, at) =>
        finishSignIn(runtime(at), step, { kind: 'recovery_code', code }, {}),
      )
      assert.equal(await successes(attempts, /sign_in_expired/), 1)
      assert.equal(await runtime().store.recoveryCodes.count(user.id), 9, 'no code is lost')
    })

    test('[22.4] a sign-in ends after five wrong codes, however many are sent at once', async () => {
      const { user, code } = await member()
      const step = await firstStep(user.name)
      const wrong = { kind: 'recovery_code', code: new Secret('0000-0000-0000-0000') } as const
      const attempts = Array.from({ length: many }, (_, at) =>
        finishSignIn(runtime(at), step, wrong, {}).catch((error: { code: string }) => error.code),
      )
      const codes = await Promise.all(attempts)
      assert.equal(codes.filter((one) => one === 'factor_wrong').length, 5)
      const right = { kind: 'totp', code: code() } as const
      await assert.rejects(finishSignIn(runtime(), step, right, {}), { code: 'sign_in_expired' })
      await finishSignIn(runtime(), await firstStep(user.name), right, {})
    })

    test('[22.5] no session outlives a reset of factors or is started by what was pending', async () => {
      for (let round = 0; round < 4; round++) {
        const { user, code } = await member()
        const step = await firstStep(user.name)
        const proof = { kind: 'totp', code: code() } as const
        const races = [
          finishSignIn(runtime(round), step, proof, {}),
          resetFactors(runtime(round + 1), user.id, commandLine),
        ]
        await Promise.allSettled(races)
        const alive = await runtime().store.sessions.listAlive(user.id, time.now)
        assert.deepEqual(alive, [])
        await signIn(runtime(), user.name, password, {}) // the password is enough now
      }
    })

    test('[22.14] one sign-in that must add a factor, completed many times at once, starts one session', async () => {
      const user = await registerUser(runtime(), `member ${made++}`, password)
      const factors = { requiredFor: 'everyone' } as const
      const strict = (at: number) => ({ ...runtime(at), policies: { ...policies, factors } })
      const failed = await signIn(strict(0), user.name, password, {}).catch(
        (error: { facts: { signIn: Secret } }) => error,
      )
      assert.ok('facts' in failed)
      const { signIn: step } = failed.facts
      const { secret } = await proposeInSignIn(strict(0), step)
      const code = new Secret(codeAt(secret.reveal(), time.now))
      const attempts = Array.from({ length: 10 }, (_, at) =>
        enrolInSignIn(strict(at), step, code, {}),
      )
      assert.equal(await successes(attempts, /sign_in_expired/), 1)
      assert.equal((await runtime().store.sessions.listAlive(user.id, time.now)).length, 1)
    })

    test('[22.6] of step-up and sign-in with one code at once, one succeeds', async () => {
      const { user, owner, code } = await member()
      const step = await firstStep(user.name)
      const proof = { kind: 'totp', code: code() } as const
      const attempts = [
        finishSignIn(runtime(0), step, proof, {}),
        stepUp(runtime(1), owner, proof, {}),
        stepUp(runtime(2), owner, proof, {}),
      ]
      assert.equal(await successes(attempts, /factor_wrong/), 1)
    })
  })
}
