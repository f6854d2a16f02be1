import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setOwnEmail } from '../../domain/administration/set-email.ts'
import { setPassword } from '../../domain/administration/set-password.ts'
import { askToVerify, verifiesFor, verifyEmail } from '../../domain/administration/verify-email.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { digitsHash, slotKeys } from '../../domain/mail/code.ts'
import { sendMail } from '../../domain/mail/send-mail.ts'
import { resetPassword } from '../../domain/passwords/reset-password.ts'
import type { Database } from '../store.ts'
import { firstPassword, mailServers } from './mail.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { testRoot } from './policies.fixture.ts'

const second = new Secret('donaudampfschiffahrt')
const third = new Secret('third of them all')
const rounds = 10

/** The contract of every store for codes from mails, races included, with so many handles on one database. */
export function mailCodesContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the mail codes contract: ${name}`, () => {
    const { runtime, codesTo, ask, forgetful } = mailServers(() => locate('mail_codes'), handles)
    const wrongFor = ({ code }: { readonly code: Secret | undefined }) =>
      new Secret(String((Number(code?.reveal()) + 1) % 1_000_000_000).padStart(9, '0'))
    const codeOf = (error: { readonly code: string }) => error.code

    test('[19.6] of a hundred parallel uses of one code, one succeeds', async () => {
      for (let round = 0; round < 3; round++) {
        const { user, proof } = await forgetful()
        const results = await manyAtOnce(100, (at) =>
          resetPassword(runtime(at), proof, new Secret(`password number ${at}`), {}).then(
            () => at,
            codeOf,
          ),
        )
        const winners = results.filter((one) => typeof one === 'number')
        assert.equal(winners.length, 1, JSON.stringify(results))
        assert.ok(
          results.every(
            (one) => typeof one === 'number' || /code_wrong|login_delayed|busy/.test(one),
          ),
        )
        await signIn(runtime(), user.name, new Secret(`password number ${winners[0]}`), {})
        const entries = await runtime().store.auditLog.newest(200, { userId: user.id })
        assert.equal(entries.filter(({ type }) => type === 'password_reset').length, 1)
      }
    })

    test('[19.2] of parallel wrong codes five from one network and twenty in all are checked, on all servers together', async () => {
      const { proof } = await forgetful()
      const guess = (at: number, address: string, code = wrongFor(proof)) =>
        resetPassword(runtime(at), { ...proof, code }, second, { address }).then(
          () => 'reset',
          codeOf,
        )
      const checked = (codes: readonly string[]) => codes.filter((one) => one === 'code_wrong')
      const one = await manyAtOnce(20, (at) => guess(at, '192.0.2.1'))
      assert.equal(checked(one).length, 5, String(one))
      const many = await manyAtOnce(20, (at) => guess(at, `198.51.100.${at}`))
      assert.equal(checked(many).length, 15, String(many))
      assert.equal(await guess(0, '203.0.113.1', proof.code), 'login_delayed')
    })

    test('[19.15] of codes asked for from many networks at once three are sent, and each of them is good', async () => {
      for (let round = 0; round < rounds; round++) {
        const { email, user, proof } = await forgetful()
        await manyAtOnce(12, (at) => ask(email, { address: `192.0.${at}.1` }, at))
        await sendMail(runtime())
        const codes = codesTo(email)
        assert.equal(codes.length, 3)
        assert.equal(codes[0]?.reveal(), proof.code?.reveal(), 'the first one was not replaced')
        const { store } = runtime()
        const keys = slotKeys(testRoot, 'reset_password', email)
        const live = await store.transaction((tx) => tx.mailCodes.lock({ keys }))
        for (const code of codes)
          assert.ok(live.some((one) => digitsHash(testRoot, one.id, code) === one.codeHash))
        const uses = await manyAtOnce(6, (at) =>
          resetPassword(
            runtime(at),
            { ...proof, code: codes[at % 3] },
            new Secret(`password number ${at}`),
            { address: `198.51.100.${at}` },
          ).then(() => 'reset', codeOf),
        )
        assert.equal(uses.filter((one) => one === 'reset').length, 1, String(uses))
        assert.equal((await store.transaction((tx) => tx.mailCodes.lock({ keys }))).length, 0)
        const entries = await store.auditLog.newest(99, { userId: user.id })
        assert.equal(entries.filter(({ type }) => type === 'password_reset').length, 1)
      }
    })

    test('[19.16] a code that was mailed to an address verifies no other spelling of it', async () => {
      const { user, email } = await forgetful()
      const { session } = await signIn(runtime(), user.name, firstPassword, {})
      const owner = { userId: user.id, sessionId: session.id, password: firstPassword, client: {} }
      const own = `ss-${email}`
      await setOwnEmail(runtime(), owner, own)
      const read = (await runtime().store.users.find(user.id))! // by a request that then waits
      await setOwnEmail(runtime(1), owner, `ß-${email}`)
      await askToVerify(runtime(), read, { browser: undefined, client: {} })
      await sendMail(runtime())
      const proof = { whom: verifiesFor(read), code: codesTo(own).at(-1) }
      assert.ok(proof.code)
      await assert.rejects(verifyEmail(runtime(), user.id, proof, {}), { code: 'code_wrong' })
      assert.equal((await runtime().store.users.find(user.id))?.emailVerifiedAt, null)
    })

    test('[19.7] however a reset races the change of the address or the password, the account stays with one of them', async () => {
      for (let round = 0; round < rounds; round++) {
        const { user, email, proof } = await forgetful()
        const { session } = await signIn(runtime(), user.name, firstPassword, {})
        const owner = {
          userId: user.id,
          sessionId: session.id,
          password: firstPassword,
          client: {},
        }
        const [reset, taken] = await Promise.allSettled([
          resetPassword(runtime(round), proof, second, {}),
          setOwnEmail(runtime(round + 1), owner, `eve-${email}`),
        ])
        const left = await runtime().store.users.find(user.id)
        if (reset.status === 'fulfilled' && taken.status === 'fulfilled') {
          const entries = await runtime().store.auditLog.newest(9, { userId: user.id })
          const at = (type: string) => entries.find((one) => one.type === type)?.seq ?? 0
          assert.ok(
            at('email_set') > at('password_reset'),
            'never with the old password after the reset',
          )
          assert.fail('both: the second should have seen the first')
        }
        if (reset.status === 'fulfilled') assert.equal(left?.email, email)
        else assert.equal(left?.email, `eve-${email}`)
      }
      for (let round = 0; round < rounds; round++) {
        const { user, proof } = await forgetful()
        await Promise.allSettled([
          resetPassword(runtime(round), proof, second, {}),
          setPassword(runtime(round + 1), user.id, third, commandLine),
        ])
        const entries = await runtime().store.auditLog.newest(9, { userId: user.id })
        const seqs = entries.filter(({ type }) => /password_(set|reset)/.test(type))
        const expected = seqs[0]?.type === 'password_set' ? third : second
        await signIn(runtime(), user.name, expected, {})
        assert.equal(
          seqs.at(0)?.type,
          'password_set',
          'a reset does not undo what came after it was asked for',
        )
      }
    })
  })
}
