import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { makeCertificate } from '@countersign/testing/certificates'
import { scratch } from '@countersign/testing/files'
import { startSmtp } from '@countersign/testing/smtp'
import { createServer } from './compose.ts'
import { loadConfig } from './config/load.ts'
import { testHasher } from './platform/crypto/test-hasher.ts'
import { createMeter } from './platform/observability/metrics.ts'
import { request, signIn } from './http/api/api.fixture.ts'
import { openBrowser } from './http/pages/test-browser.fixture.ts'

const smtpPassword = 'planted-smtp-password-7c1f'
const [password, next] = ['correct horse battery', 'cirrus over seven lakes']
const email = 'ada@example.com'

test('[19.13] codes, links, cookies and the SMTP password appear in no log, metric, audit event, error or stored row; dead letters are in the console', async () => {
  using folder = scratch()
  const certificate = await makeCertificate()
  writeFileSync(`${folder.path}/ca.pem`, certificate.cert)
  await using peer = await startSmtp({ certificate, login: ['mailer', smtpPassword] })
  const config = loadConfig({
    mode: 'development',
    env: {
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/auth.db`,
      COUNTERSIGN_MAIL_HOST: 'localhost',
      COUNTERSIGN_MAIL_PORT: String(peer.port),
      COUNTERSIGN_MAIL_CA_FILE: `${folder.path}/ca.pem`,
      COUNTERSIGN_MAIL_USER: 'mailer',
      COUNTERSIGN_MAIL_PASSWORD: smtpPassword,
      COUNTERSIGN_MAIL_FROM: 'no-reply@example.com',
      COUNTERSIGN_MAIL_SIGN_IN_CODES: 'yes',
    },
  })
  const lines: string[] = []
  const write = (facts: object, message: string) =>
    void lines.push(JSON.stringify([facts, message]))
  const metrics = await createMeter()
  const log = { info: write, warn: write, error: write }
  await using server = await createServer(config, { log, metrics, hasher: testHasher })
  const token = await signIn(server)
  await request(server, 'POST /admin/users', { token, body: { username: 'ada', password, email } })
  const planted = new Set([smtpPassword])
  const answers: string[] = []
  const arrived = async (count: number) => {
    for (let left = 600; left > 0 && peer.mails.length < count; left--)
      await new Promise((resolve) => setTimeout(resolve, 20))
    const text = peer.mails[count - 1]?.text ?? ''
    const code = /^\d{3} \d{3} \d{3}\r?$/m.exec(text)?.[0].trim() ?? 'none'
    const key = /&key=([\w-]{43})/.exec(text)?.[1] ?? 'none'
    return { code, key, id: /[?]id=([\w-]+)&/.exec(text)?.[1] ?? '' }
  }

  const browser = openBrowser(server)
  await browser.send('/forgot-password', { email })
  const first = await arrived(1)
  planted.add(first.key).add([...browser.cookies.values()][0] ?? 'none')
  const wrong = { id: first.id, key: `x${first.key.slice(1)}`, new_password: next }
  answers.push((await openBrowser(server).send('/reset-password', { ...wrong, key: '' })).text)
  const stored = globSync(`${folder.path}/auth.db*`).map((file) => readFileSync(file, 'latin1'))
  await browser.send('/reset-password', { id: first.id, key: first.key, new_password: next })
  await arrived(2) // the notice
  peer.refuse = () => [550, `5.1.1 ${smtpPassword}`]
  await request(server, 'POST /password/forgot', { body: { email } })
  for (let left = 600; left > 0 && !lines.some((one) => /mail failed/.test(one)); left--)
    await new Promise((resolve) => setTimeout(resolve, 20))

  const admin = openBrowser(server)
  await admin.signIn()
  const console = await admin.get('/console/mail')
  assert.match(console.text, /ada@example\.com[^]*password-reset[^]*EENVELOPE 550 5\.1\.1/)
  const fresh = await signIn(server)
  const audit = await request(server, 'GET /admin/audit-log', { token: fresh })
  const settings = await admin.get('/console/settings')
  const outputs = {
    log: lines.join('\n'),
    metrics: await metrics.text(),
    audit: JSON.stringify(audit.body),
    pages: [...answers, console.text, settings.text].join('\n'),
    stored: stored.join('\n'),
  }
  assert.ok(planted.size === 3 && !planted.has('none'))
  for (const [where, text] of Object.entries(outputs)) {
    for (const secret of planted) assert.ok(!text.includes(secret), `${secret} is in ${where}`)
    if (where !== 'stored') assert.ok(!new RegExp(`\\b${first.code}\\b`).test(text), where)
  }
  assert.match(outputs.metrics, /countersign_mails_total\{outcome="rejected"\} 1/)
})
