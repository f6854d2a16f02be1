import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { askToVerify } from '../../domain/administration/verify-email.ts'
import { askToSignIn } from '../../domain/authentication/sign-in-with-code.ts'
import { sendMail } from '../../domain/mail/send-mail.ts'
import { startSession } from '../../domain/sessions/start-session.ts'
import type { Database } from '../store.ts'
import { mailServers } from './mail.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'

const rounds = 10

/** The contract of every store for the limits of mail: no number of servers sends more than they allow, with so many handles on one database. */
export function mailBudgetsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the mail budgets contract: ${name}`, () => {
    const { runtime, sent, ask, register } = mailServers(() => locate('mail_budgets'), handles, {
      mails: { capacity: 5, period: 3600 },
    })
    const askToSignInAt = (at: number, email: string, address: string) =>
      askToSignIn(runtime(at), email, { browser: undefined, client: { address } })
    /** Registers a user with a verified address. */
    const verified = async () => {
      const { user, email } = await register()
      await runtime().store.transaction((tx) => tx.users.setEmail(user.id, email, 1))
      return { user, email }
    }
    const kindsTo = (email: string) => sent.filter(({ to }) => to === email).map(({ kind }) => kind)

    test('[19.4] of parallel requests from many networks for two purposes, five mails are sent to an address', async () => {
      for (let round = 0; round < rounds; round++) {
        const { email } = await verified()
        await manyAtOnce(24, (at) =>
          at % 2 === 0
            ? ask(email, { address: `192.0.${at}.1` }, at >> 1)
            : askToSignInAt(at >> 1, email, `192.0.${at}.1`),
        )
        await sendMail(runtime())
        const kinds = kindsTo(email)
        assert.equal(kinds.length, 5, String(kinds))
        assert.ok(kinds.includes('password-reset'), String(kinds))
      }
    })

    test('[19.15] of parallel requests from one network for two purposes, three mails are sent to an address', async () => {
      for (let round = 0; round < rounds; round++) {
        const { email } = await verified()
        const address = '192.0.2.1'
        await manyAtOnce(24, (at) =>
          at % 2 === 0 ? ask(email, { address }, at >> 1) : askToSignInAt(at >> 1, email, address),
        )
        await sendMail(runtime())
        assert.equal(kindsTo(email).length, 3, String(kindsTo(email)))
      }
    })

    test('[19.4] of parallel requests of one user for many addresses, five mails are sent', async () => {
      for (let round = 0; round < rounds; round++) {
        const { user, email } = await register()
        await manyAtOnce(24, (at) =>
          askToVerify(
            runtime(at),
            { ...user, email: `to-${at}-${email}` },
            { browser: undefined, client: { address: `192.0.${at}.1` } },
          ),
        )
        await sendMail(runtime())
        assert.equal(sent.filter(({ to }) => to.endsWith(`-${email}`)).length, 5)
      }
    })

    test('[19.14] of parallel sign-ins from new devices one is reported, on all servers together', async () => {
      const { user, email } = await register()
      const { store } = runtime()
      await store.transaction((tx) => tx.users.setEmail(user.id, email, 1))
      const hash = (await store.transaction((tx) => tx.users.lock(user.id)))?.hash ?? ''
      const signInAt = (at: number, address?: string) =>
        startSession(runtime(at), { user, hash, amr: ['pwd'] }, { address })
      await signInAt(0)
      await manyAtOnce(20, (at) => signInAt(at, `192.0.${at}.1`))
      await sendMail(runtime())
      const notices = sent.filter(({ to, kind }) => to === email && kind === 'new-device')
      assert.equal(notices.length, 1)
    })

    test('[19.14] of parallel first sign-ins from two networks the second is reported', async () => {
      for (let round = 0; round < rounds; round++) {
        const { user, email } = await register()
        const { store } = runtime()
        await store.transaction((tx) => tx.users.setEmail(user.id, email, 1))
        const hash = (await store.transaction((tx) => tx.users.lock(user.id)))?.hash ?? ''
        await manyAtOnce(2, (at) =>
          startSession(runtime(at), { user, hash, amr: ['pwd'] }, { address: `192.0.${at}.1` }),
        )
        await sendMail(runtime())
        const notices = sent.filter(({ to, kind }) => to === email && kind === 'new-device')
        assert.equal(notices.length, 1)
      }
    })
  })
}
