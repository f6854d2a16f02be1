import { after, before } from 'node:test'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { createAttemptQueue } from '../../domain/limits/attempt-queue.ts'
import type { IdentifiedMail } from '../../domain/mail/mail.ts'
import { sendMail } from '../../domain/mail/send-mail.ts'
import { forgotPassword } from '../../domain/passwords/reset-password.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import type { Store } from '../../domain/store.ts'
import { createPasswordHasher } from '../../platform/crypto/password-hasher.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import type { Policies } from '../../runtime.ts'
import type { Database } from '../store.ts'
import { openHandles, type inOneStrand } from './handles.fixture.ts'
import { quiet } from './keys.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

/** The password of every user of {@link mailServers}. */
export const firstPassword = new Secret('correct horse battery')

/** Opens so many servers on one database for a suite, and closes them after it. `limits` differ from those of the tests, which limit nothing. */
export function mailServers(
  locate: () => Promise<Database>,
  handles: number,
  limits: Partial<Policies['limits']> = {},
  options?: typeof inOneStrand,
) {
  const stores: Store[] = []
  const attemptQueue = createAttemptQueue()
  const hasher = createPasswordHasher({ memoryKiB: 8, passes: 1 })
  before(async () => {
    stores.push(...(await openHandles(await locate(), handles, options)))
  })
  after(async () => {
    await hasher.close()
    await Promise.all(stores.map((one) => one.close()))
  })
  const sent: IdentifiedMail[] = []
  const mailer = {
    async deliver(mail: IdentifiedMail) {
      sent.push(mail)
      return { kind: 'sent' } as const
    },
  }
  const runtime = (index = 0) => ({
    store: stores[index % stores.length]!,
    clock: { now: () => 1 },
    random: systemRandom,
    hasher,
    attemptQueue,
    commonPasswords: async () => () => false,
    root: testRoot,
    policies: { ...policies, limits: { ...policies.limits, ...limits } },
    metrics: noMetrics,
    log: quiet,
    mailer,
    issuer: { url: 'https://auth.example.com' },
  })
  /** Returns the codes that were mailed to an address. */
  const codesTo = (email: string) =>
    sent.flatMap(({ to, secrets: { code } }) =>
      to === email && code ? [new Secret(code.reveal().replaceAll(' ', ''))] : [],
    )
  const ask = (email: string, client: ClientInfo = {}, index = 0) =>
    forgotPassword(runtime(index), email, { browser: undefined, client })
  let made = 0
  const register = async () => {
    const email = `ada-${made++}@example.com`
    const user = await registerUser(runtime(), `member ${made}`, firstPassword, { email })
    return { user, email }
  }
  /** Registers a user who has asked for a code. */
  const forgetful = async () => {
    const { user, email } = await register()
    await ask(email)
    await sendMail(runtime())
    return { user, email, proof: { whom: [email], code: codesTo(email).at(-1) } }
  }
  return { runtime, sent, codesTo, ask, register, forgetful }
}
