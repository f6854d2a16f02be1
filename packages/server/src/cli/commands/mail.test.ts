import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeCertificate } from '@countersign/testing/certificates'
import { scratch } from '@countersign/testing/files'
import { startSmtp } from '@countersign/testing/smtp'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const password = 'planted smtp password'

test('a test mail is sent, or what to check is printed; the password is printed nowhere', async () => {
  using folder = scratch()
  const certificate = await makeCertificate()
  await using peer = await startSmtp({ certificate, login: ['mailer', password] })
  writeFileSync(`${folder.path}/password`, `${password}\n`, { mode: 0o600 })
  writeFileSync(`${folder.path}/ca.pem`, certificate.cert)
  const base = productionEnv()
  const env = {
    ...base,
    COUNTERSIGN_MAIL_HOST: 'localhost',
    COUNTERSIGN_MAIL_PORT: String(peer.port),
    COUNTERSIGN_MAIL_CA_FILE: `${folder.path}/ca.pem`,
    COUNTERSIGN_MAIL_USER: 'mailer',
    COUNTERSIGN_MAIL_PASSWORD_FILE: `${folder.path}/password`,
    COUNTERSIGN_MAIL_FROM: 'Example <no-reply@example.com>',
  }
  using shell = openShell()
  writeFileSync(`${folder.path}/other.pem`, (await makeCertificate()).cert)
  const other = { COUNTERSIGN_MAIL_CA_FILE: `${folder.path}/other.pem` }
  await shell.plays(
    `
    $ countersign migrate apply | tail -1
    Ran … migrations
    $ countersign mail test ada@example.com
    The SMTP server took the mail to ada@example.com
    $ countersign mail test nonsense
    error Invalid e-mail address: … (email_unacceptable)
    [exit 1]
    $ countersign config | grep mail.password
    mail.password … [secret] …
  `,
    env,
  )
  assert.match(peer.mails[0]?.text ?? '', /^Subject: Test mail from /m)
  const german = { ...env, COUNTERSIGN_MAIL_LANGUAGE: 'de' }
  await shell.plays('$ countersign mail test ada@example.com\nThe SMTP server took …', german)
  assert.match(peer.mails[1]?.text ?? '', /^Subject: Testnachricht von /m)
  await shell.plays(
    `
    $ countersign mail test ada@example.com
    error Invalid setting: mail.templates must be a folder that this server can read (setting_invalid)
    …
    [exit 78]
  `,
    { ...env, COUNTERSIGN_MAIL_TEMPLATES: `${folder.path}/password` },
  )
  peer.refuse = () => [550, `5.1.1 unknown ${password}`]
  writeFileSync(`${folder.path}/wrong`, 'wrong', { mode: 0o600 })
  await shell.plays(
    `
    $ countersign mail test ada@example.com
    error The mail was not delivered: EENVELOPE 550 5.1.1; the server refused mail.from or the recipient (mail_undelivered)
    [exit 1]
  `,
    env,
  )
  await shell.plays(
    `
    $ countersign mail test ada@example.com
    error The mail was not delivered: EAUTH 535; check mail.user and mail.password (mail_undelivered)
    [exit 1]
  `,
    { ...env, COUNTERSIGN_MAIL_PASSWORD_FILE: `${folder.path}/wrong` },
  )
  for (const [what, change] of [
    ['ESOCKET DEPTH_ZERO_SELF_SIGNED_CERT; check mail.host, … mail.ca_file …', other],
    ['ESOCKET ECONNREFUSED; check mail.host, …', { COUNTERSIGN_MAIL_PORT: '1' }],
    [
      'ESOCKET ERR_SSL_…; check mail.host, mail.port and mail.tls, …',
      { COUNTERSIGN_MAIL_TLS: 'implicit' },
    ],
  ] as const)
    await shell.plays(
      `
    $ countersign mail test ada@example.com
    error The mail was not delivered: ${what} (mail_undelivered)
    [exit 1]
  `,
      { ...env, ...change },
    )
  await shell.plays(
    `
    $ countersign mail test ada@example.com
    error Missing setting: mail.host and mail.from, to send mail (setting_missing)
    [exit 78]
  `,
    base,
  )
})

test('[19.3] a link for a new password is printed alone on a line, and the audit log knows of it', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ echo 'correct horse battery' | countersign user add ada
    Added the user ada …
    $ countersign user reset-link ada | grep -cxE 'https://auth[.]example[.]com/reset-password[?]id=h_[A-Za-z0-9_-]+&key=[A-Za-z0-9_-]{43}'
    1
    $ countersign user reset-link ada --json
    {
    "url": "https://auth.example.com/reset-password?id=h_…",
    "expires_at": …
    }
    $ countersign user reset-link eve
    error User not found (user_unknown)
    [exit 1]
    $ countersign audit-log list
    time … event … details
    …
    … reset_link_made …
    …
  `,
    productionEnv(),
  )
})
