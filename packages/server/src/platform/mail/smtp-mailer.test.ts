import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { after, test } from 'node:test'
import { makeCertificate } from '@countersign/testing/certificates'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { start } from '@countersign/testing/process'
import { python, pythonLacks } from '@countersign/testing/python'
import { startSmtp } from '@countersign/testing/smtp'
import { Secret } from '../../domain/kernel/secret.ts'
import type { IdentifiedMail } from '../../domain/mail/mail.ts'
import { createSmtpMailer, type SmtpOptions } from './smtp-mailer.ts'
import { createTemplates } from './templates.ts'

const folder = scratch()
after(() => folder[Symbol.dispose]())
const certificate = await makeCertificate()
const caFile = `${folder.path}/ca.pem`
writeFileSync(caFile, certificate.cert)
const login = ['mailer', 'planted smtp password'] as const

const mail: IdentifiedMail = {
  id: 'AbCdEf_1',
  createdAt: 1_800_000_000,
  kind: 'test',
  to: 'ada@example.com',
  language: 'de',
  values: {},
  secrets: {},
}

const mailerOf = (port: number, change: Partial<SmtpOptions> = {}, maxTime?: number) =>
  createSmtpMailer(
    {
      host: 'localhost',
      port,
      tls: 'starttls',
      user: login[0],
      password: new Secret(login[1]),
      caFile,
      from: 'Example <no-reply@example.com>',
      replyTo: 'help@example.com',
      ...change,
    },
    createTemplates(undefined, 'auth.example.com'),
    maxTime,
  )

for (const tls of ['starttls', 'implicit'] as const)
  test(`a mail is delivered with ${tls} and authentication`, async () => {
    await using peer = await startSmtp({ certificate, implicit: tls === 'implicit', login })
    const mailer = mailerOf(peer.port, { tls })
    assert.deepEqual(await mailer.deliver(mail), { kind: 'sent' })
    assert.deepEqual(await mailer.deliver(mail), { kind: 'sent' })
    const [first, second] = peer.mails
    assert.ok(first?.isEncrypted)
    assert.deepEqual(
      [first.user, first.to, first.from],
      [login[0], mail.to, 'no-reply@example.com'],
    )
    for (const line of [
      /^From: Example <no-reply@example\.com>\r$/m,
      /^To: ada@example\.com\r$/m,
      /^Reply-To: help@example\.com\r$/m,
      /^Message-ID: <AbCdEf_1@example\.com>\r$/m,
      /^Auto-Submitted: auto-generated\r$/m,
      /^Subject: Testnachricht von auth\.example\.com\r$/m,
      /Diese E-Mail zeigt/,
      /<html lang="de">/,
    ])
      assert.match(first.text, line)
    assert.match(second?.text ?? '', /^Message-ID: <AbCdEf_1@example\.com>\r$/m)
  })

test('replies of 4xx defer a mail, and those of 5xx reject it; their texts are not kept', async () => {
  await using peer = await startSmtp({ certificate, login })
  const mailer = mailerOf(peer.port)
  peer.refuse = () => [451, '4.7.1 try later, planted text']
  assert.deepEqual(await mailer.deliver(mail), { kind: 'deferred', error: 'EENVELOPE 451 4.7.1' })
  peer.refuse = () => [550, '5.1.1 no such user, planted text']
  assert.deepEqual(await mailer.deliver(mail), { kind: 'rejected', error: 'EENVELOPE 550 5.1.1' })
  peer.refuse = undefined
  assert.deepEqual(await mailer.deliver(mail), { kind: 'sent' })
})

test('nothing is sent without TLS, to a server with another certificate, or with a wrong password', async () => {
  await using plain = await startSmtp()
  await using other = await startSmtp({ certificate: await makeCertificate(), login })
  await using closed = await startSmtp({ certificate, login })
  const wrong = new Secret('wrong')
  for (const [mailer, error] of [
    [mailerOf(plain.port), /^ETLS/],
    [mailerOf(other.port), /^ETLS|^ESOCKET/],
    [mailerOf(closed.port, { password: wrong }), /^EAUTH 535/],
    [mailerOf(await freePort()), /^ESOCKET|^ECONNECTION/],
  ] as const) {
    const delivery = await mailer.deliver(mail)
    assert.equal(delivery.kind, 'deferred')
    assert.match(delivery.kind === 'deferred' ? delivery.error : '', error)
  }
  assert.deepEqual([...plain.mails, ...other.mails, ...closed.mails], [])
})

test('a server that never ends a reply, or that closes before it, delays a mail and stops no other', async () => {
  const drip = '250-still here\r\n'
  const answers = [
    (socket: Socket) => void setInterval(() => socket.write(drip), 20).unref(),
    (socket: Socket) => socket.end(drip),
  ]
  for (const [at, answer] of answers.entries()) {
    const server = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.write('220 ready\r\n')
      socket.once('data', () => answer(socket))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const started = performance.now()
    const delivery = await mailerOf(port, { tls: 'none' }, 500).deliver(mail)
    assert.equal(delivery.kind, 'deferred')
    if (at === 0) assert.equal(delivery.error, 'EABORT')
    assert.ok(performance.now() - started < 5_000)
    server.close()
    await once(server, 'close')
  }
})

test('values are escaped in HTML, no value adds a header, and a folder of the operator comes first', async () => {
  using own = scratch()
  mkdirSync(`${own.path}/en`)
  writeFileSync(`${own.path}/en/test.txt`, 'Subject: Hello {{name}}\n\nText for {{name}}\n')
  writeFileSync(`${own.path}/en/test.html`, '<p>{{name}}</p>')
  const render = createTemplates(own.path, 'auth.example.com')
  const name = '<img src=x>\r\nBcc: eve@example.com'
  const rendered = render({ ...mail, language: 'en', values: { name } })
  assert.match(rendered.html, /&lt;img src=x&gt;/)
  assert.match(
    rendered.html,
    /sent this mail automatically/,
    'the layout is the one that comes along',
  )
  await using peer = await startSmtp({ certificate, login })
  const options = { host: 'localhost', port: peer.port, tls: 'starttls', caFile } as const
  const sender = { user: login[0], password: new Secret(login[1]), from: 'a@example.com' }
  const mailer = createSmtpMailer({ ...options, ...sender, replyTo: undefined }, render)
  await mailer.deliver({ ...mail, language: 'en', values: { name } })
  assert.equal(peer.mails[0]?.to, mail.to)
  assert.doesNotMatch(peer.mails[0]?.text.split('\r\n\r\n')[0] ?? '', /^Bcc/m)
})

const lacks = pythonLacks('python3-aiosmtpd')

test('aiosmtpd takes the mail with STARTTLS and authentication', { skip: lacks }, async () => {
  const port = await freePort()
  writeFileSync(`${folder.path}/key.pem`, certificate.key)
  await using peer = await start([python, '-c', aiosmtpd, String(port), folder.path], {
    ready: /listening/,
  })
  assert.deepEqual(await mailerOf(port).deliver(mail), { kind: 'sent' })
  const rejected = { ...mail, to: 'unknown@example.com' }
  assert.deepEqual(await mailerOf(port).deliver(rejected), {
    kind: 'rejected',
    error: 'EENVELOPE 550 5.1.1',
  })
  const wrong = await mailerOf(port, { password: new Secret('wrong') }).deliver(mail)
  assert.match(wrong.kind === 'deferred' ? wrong.error : '', /^EAUTH 535/)
  assert.match(peer.output(), /Message-ID: <AbCdEf_1@example\.com>/)
})

/** A program for Debian's Python: an SMTP server that prints what it takes. */
const aiosmtpd = `
import asyncio, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('unknown'): return '550 5.1.1 no such user'
        envelope.rcpt_tos.append(address)
        return '250 OK'
    async def handle_DATA(self, server, session, envelope):
        print(envelope.content.decode(), flush=True)
        return '250 OK'
def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b'mailer' and data.password == b'planted smtp password', handled=False)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2] + '/ca.pem', sys.argv[2] + '/key.pem')
async def main():
    loop = asyncio.get_running_loop()
    make = lambda: SMTP(Handler(), tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True)
    await loop.create_server(make, '127.0.0.1', int(sys.argv[1]))
    print('listening', flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
`
