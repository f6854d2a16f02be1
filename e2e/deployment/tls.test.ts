import assert from 'node:assert/strict'
import { randomBytes, X509Certificate } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { connect as connectPlainly } from 'node:net'
import { text } from 'node:stream/consumers'
import { connect, type ConnectionOptions } from 'node:tls'
import { after, before, suite, test } from 'node:test'
import { makeCertificate, placeCertificate, type Pair } from '@countersign/testing/certificates'
import { scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { countersign, run, start, type Running } from '@countersign/testing/process'

const folder = scratch()
const first = await makeCertificate()
const second = await makeCertificate()
const ca = [first.cert, second.cert]
const nameOf = ({ cert }: Pair) => new X509Certificate(cert).fingerprint256

const settings = (port: number) => ({
  COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
  COUNTERSIGN_ISSUER_URL: `https://localhost:${port}`,
  COUNTERSIGN_KEYS_ENCRYPTION_KEY: key,
  COUNTERSIGN_LIMITS_ATTEMPTS: '0',
  COUNTERSIGN_LIMITS_MAX_ATTEMPT_DELAY: '0', // the load repeats one wrong password
  COUNTERSIGN_HTTP_PORT: String(port),
  COUNTERSIGN_TLS_CERTIFICATE_FILE: `${folder.path}/cert.pem`,
  COUNTERSIGN_TLS_KEY_FILE: `${folder.path}/key.pem`,
})
const key = randomBytes(32).toString('base64')

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly certificate: string
}

/** Sends a request over TLS, and returns the response with the fingerprint of the certificate. */
function ask(port: number, path: string, agent?: Agent, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const options = {
      host: 'localhost',
      port,
      path,
      ca,
      headers,
      method: body === undefined ? 'GET' : 'POST',
    }
    const outgoing = request({ ...options, agent: agent ?? false }, (response) => {
      const certificate = fingerprints.get(response.socket) ?? ''
      response.resume().on('error', reject)
      response.on('end', () => {
        if (response.complete)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, certificate })
        else reject(new Error('cut off'))
      })
    })
    outgoing.on(
      'socket',
      (socket) =>
        outgoing.reusedSocket ||
        socket.once('secureConnect', () => {
          const shown = (socket as import('node:tls').TLSSocket).getPeerX509Certificate()
          fingerprints.set(socket, shown?.fingerprint256 ?? '')
        }),
    )
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
const fingerprints = new WeakMap<object, string>()

suite('a server with a certificate', () => {
  let port: number
  let redirectPort: number
  let server: Running
  before(async () => {
    port = await freePort()
    redirectPort = await freePort()
    placeCertificate(folder.path, first)
    const env = { ...settings(port), COUNTERSIGN_TLS_REDIRECT_PORT: String(redirectPort) }
    server = await start([...countersign, 'serve'], { env })
  })
  after(async () => {
    await server.stop()
    folder[Symbol.dispose]()
  })

  test('[OA.14] it speaks TLS only, and announces so for a year', async () => {
    assert.match(server.output(), /https:\/\/localhost/)
    const { status, headers } = await ask(port, '/health/ready')
    assert.equal(status, 200)
    assert.equal(headers['strict-transport-security'], 'max-age=31536000')
    const plain = await fetch(`http://localhost:${port}/health/ready`).then(
      ({ status: answered }) => answered,
      () => 'cut off',
    )
    assert.ok(plain === 'cut off' || plain === 400)
  })

  test('it accepts TLS 1.2 and later, with forward secrecy only', async () => {
    const agree = (options: ConnectionOptions) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: 'localhost', port, ca, ...options }, () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().name}`)
          socket.destroy()
        })
        socket.once('error', () => resolve('none'))
      })
    assert.match(await agree({}), /^TLSv1\.3 /)
    assert.match(await agree({ maxVersion: 'TLSv1.2' }), /^TLSv1\.2 ECDHE-.*(GCM|POLY1305)/)
    const old = { minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    assert.equal(await agree({ ...old, maxVersion: 'TLSv1.1' }), 'none')
    const weak = ['ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384', 'AES128-GCM-SHA256']
    for (const ciphers of weak)
      assert.equal(await agree({ maxVersion: 'TLSv1.2', ciphers }), 'none', ciphers)
  })

  test('[G52] [G53] a request without TLS is redirected to the issuer, whatever its Host; a request with a body is refused', async () => {
    const url = `http://localhost:${redirectPort}/me?a=b`
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' }
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(url, { method, headers, redirect: 'manual' })
      assert.equal(response.status, 308)
      assert.equal(response.headers.get('location'), `https://localhost:${port}/me?a=b`)
      assert.equal(response.headers.get('strict-transport-security'), null, 'RFC 6797, section 7.2')
    }
    const body = JSON.stringify({ username: 'a', password: 'b' })
    const sent = await fetch(url, { method: 'POST', body, redirect: 'manual' })
    assert.equal(sent.status, 403)
    assert.equal(sent.headers.get('location'), null)
    for (const [line = '', host] of [
      ['POST /login', 'a b'],
      ['POST *', 'x'],
      ['POST /login', '0?xxxxx'],
      ['GET /%ff', 'x'],
    ]) {
      const socket = connectPlainly(redirectPort, 'localhost')
      socket.write(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
      const answer = await text(socket)
      assert.match(answer, /^HTTP\/1\.1 40[03] /, line)
      assert.doesNotMatch(answer, /^location:/im)
    }
  })

  test('a certificate that is replaced under load is presented to new connections, and no request fails', async () => {
    const kept = new Agent({ keepAlive: true, maxSockets: 4 })
    const seen = { [nameOf(first)]: 0, [nameOf(second)]: 0 }
    const failed: unknown[] = []
    const load = new AbortController()
    let asked = 0
    const login = JSON.stringify({ username: 'nobody', password: 'x' })
    async function worker(at: number) {
      while (!load.signal.aborted) {
        const [agent, body] = [at % 2 === 0 ? kept : undefined, at % 4 === 0 ? login : undefined]
        try {
          const { status, certificate } = await ask(
            port,
            body ? '/login' : '/.well-known/jwks.json',
            agent,
            body,
          )
          if (![200, 401].includes(status)) failed.push(status)
          asked++
          if (!agent) seen[certificate] = (seen[certificate] ?? 0) + 1
        } catch (error) {
          failed.push(error)
        }
      }
    }
    const workers = Array.from({ length: 8 }, (_, at) => worker(at))
    const until = async (holds: () => boolean) => {
      for (const from = Date.now(); !holds();) {
        assert.ok(Date.now() - from < 120_000, String(failed[0]))
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const shown = async (pair: Pair) => {
      const sofar = seen[nameOf(pair)] ?? 0
      await until(() => (seen[nameOf(pair)] ?? 0) >= sofar + 5)
    }
    try {
      await shown(first)
      placeCertificate(folder.path, second)
      await shown(second)
      placeCertificate(folder.path, { ...first, key: second.key }) // broken: the previous one stays
      await until(() => /the previous one stays/.test(server.output()))
      await shown(second)
      placeCertificate(folder.path, first)
      await shown(first)
      await until(() => asked > 50)
    } finally {
      load.abort()
      await Promise.all(workers)
      kept.destroy()
    }
    assert.deepEqual(failed, [])
    assert.deepEqual(new Set(Object.keys(seen)), new Set([first, second].map(nameOf)))
    assert.match(server.output(), /the previous one stays/)
  })
})

test('serve refuses an unusable certificate, and settings that contradict each other', async () => {
  using own = scratch()
  const files = placeCertificate(own.path, first)
  const env = {
    ...settings(await freePort()),
    COUNTERSIGN_DATABASE_URL: `sqlite:${own.path}/c.db`,
    COUNTERSIGN_TLS_CERTIFICATE_FILE: files.certificate,
    COUNTERSIGN_TLS_KEY_FILE: files.key,
  }
  const refused = async (sentence: RegExp, changed: Readonly<Record<string, string>> = {}) => {
    const given = Object.entries({ ...env, ...changed }).filter(([, value]) => value !== '')
    const { code, output } = await run([...countersign, 'serve'], {
      env: Object.fromEntries(given),
    })
    assert.equal(code, 78, output)
    assert.match(output, sentence)
    assert.doesNotMatch(output, / at |BEGIN/)
  }
  placeCertificate(own.path, await makeCertificate({ from: -3, until: -1 }))
  await refused(/expired on.*certificate_unusable/)
  placeCertificate(own.path, first)
  await refused(/tls\.key_file.*setting_missing/, { COUNTERSIGN_TLS_KEY_FILE: '' })
  await refused(/tls\.certificate_file.*setting_missing/, { COUNTERSIGN_TLS_CERTIFICATE_FILE: '' })
  const none = { COUNTERSIGN_TLS_KEY_FILE: '', COUNTERSIGN_TLS_CERTIFICATE_FILE: '' }
  await refused(/tls\.redirect_port.*setting_missing/, {
    ...none,
    COUNTERSIGN_TLS_REDIRECT_PORT: '8081',
  })
  await refused(/tls\.certificate_file.*plain_http/, { ...none, COUNTERSIGN_HTTP_HOST: '0.0.0.0' })
  chmodSync(files.key, 0o644)
  await refused(/chmod 600.*certificate_unusable/)
})
