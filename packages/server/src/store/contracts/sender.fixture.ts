// Sends the mail that is due by SMTP, for ever, at the time and to the port that the environment names.
import { env } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { sendMail } from '../../domain/mail/send-mail.ts'
import { createSmtpMailer } from '../../platform/mail/smtp-mailer.ts'
import { createTemplates } from '../../platform/mail/templates.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import { createStore } from '../store.ts'
import { quiet } from './keys.fixture.ts'
import { testRoot } from './policies.fixture.ts'
import { givenDatabase } from './process.fixture.ts'

const store = await createStore(givenDatabase())
const smtp = { tls: 'none', user: undefined, password: undefined, caFile: undefined } as const
const mailer = createSmtpMailer(
  {
    ...smtp,
    host: '127.0.0.1',
    port: Number(env['SMTP_PORT']),
    from: 'no-reply@example.com',
    replyTo: undefined,
  },
  createTemplates(undefined, 'auth.example.com'),
)
const clock = { now: () => Number(env['NOW']) + Math.floor(performance.now() / 1000) } // what was deferred is due again later
for (;;) {
  await sendMail({ store, clock, root: testRoot, log: quiet, metrics: noMetrics, mailer })
  await setTimeout(20)
}
