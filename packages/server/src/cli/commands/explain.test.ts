import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeCertificate } from '@countersign/testing/certificates'
import { openShell, productionEnv } from '../transcript.fixture.ts'

const env = productionEnv()

const [refused, good, byGuard] = [randomUUID(), randomUUID(), randomUUID()]
const outer = '4f7a0c1be2d94d0f8e0b6f5a3c2d1e00' // as nginx makes them
const lines = [
  {
    level: 'info',
    requestId: refused,
    outer,
    code: 'audience_wrong',
    check: 'audience',
    expected: 'a',
    found: 'b',
    likelyCause: 'a token for another service, sent to this one',
    msg: 'refused',
  },
  {
    level: 'info',
    requestId: refused,
    outer,
    method: 'GET',
    route: '/me',
    status: 401,
    milliseconds: 0.4,
    time: '2026-11-24T10:00:00.000Z',
    msg: 'request',
  },
  {
    level: 'info',
    requestId: good,
    method: 'GET',
    route: '/me',
    status: 200,
    milliseconds: 0.4,
    user: 'u_1',
    msg: 'request',
  },
]
const log = lines.map((line) => `Nov 24 host countersign[7]: ${JSON.stringify(line)}\n`).join('')

test('a request is explained by its id, from the log', async () => {
  using shell = openShell()
  const guard = `countersign refused a request: token_missing: … (status 401, id ${byGuard})`
  writeFileSync(join(shell.folder, 'log'), `no JSON {\n${log}${guard}\n`)
  const why = `
    request  GET /me
    answer   401 after 0.4 ms
    at       2026-11-24T10:00:00.000Z
    user     unknown
    Refused: audience_wrong
    check     audience
    expected  a
    found     b
    Likely cause: a token for another service, sent to this one
    [exit 3]`
  await shell.plays(
    `
    $ countersign explain ${refused} --log log ${why}
    $ countersign explain ${outer} --log log ${why}
    $ cat log | countersign explain urn:uuid:${good} --log -
    …
    The request was not refused.
    $ countersign explain ${randomUUID()} --log log
    error The log has no request with this id (request_unknown)
    [exit 1]
    $ countersign explain ${byGuard} --log log
    error The log has no request with this id: a line has the id and is not of the server; if a guard printed it, that line explains the refusal (request_unknown)
    [exit 1]
    $ countersign explain ${refused}
    error Invalid argument: this is not a token; if it is a request id, name the log of the request: --log FILE, or --log - (argument_invalid)
    [exit 2]
    $ countersign explain ${outer}
    error …: --log FILE, or --log - (argument_invalid)
    [exit 2]
    $ countersign explain --log log
    error Invalid argument: the request id is missing (argument_invalid)
    [exit 2]
    $ countersign explain ${refused} --log log --issuer https://auth.example.com
    error Invalid argument: --issuer and --audience are for tokens (argument_invalid)
    [exit 2]
  `,
    env,
  )
})

test('an option without effect is refused, and a missing token is no reason for a warning about tokens as arguments', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ countersign token verify --keys jwks.json < /dev/null
    error Invalid argument: --keys needs --issuer (argument_invalid)
    [exit 2]
    $ countersign token verify --issuer https://auth.example.com --algorithm ES256 < /dev/null
    error Invalid argument: --algorithm needs --keys (argument_invalid)
    [exit 2]
    $ countersign explain < /dev/null
    error Invalid argument: the token is missing; give it on standard input (argument_invalid)
    [exit 2]
    $ countersign token inspect a.b.c --json
    {"code":"token_malformed",…}
    [exit 1]
  `,
    env,
  )
})

test('[18.25] the tokens of another issuer must have the type of tokens.type', async () => {
  using shell = openShell()
  await shell.plays(
    `
    $ openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out dev.pem && openssl pkey -in dev.pem -pubout -out dev.pub
    $ countersign token sign ada --key dev.pem --issuer https://dev.example > token
    $ countersign token verify --keys dev.pub --issuer https://dev.example --json < token | grep -c '"accepted": true'
    1
    $ countersign token verify --keys dev.pub --issuer https://dev.example --tokens-type JWT --json < token | grep -c token_type_wrong
    1
  `,
    env,
  )
})

test('requests are explained from a development log, too', async () => {
  using shell = openShell()
  const told = [
    `[10:00:00.000] INFO: refused {"requestId":"${refused}","code":"token_missing"}`,
    `\u001b[32m[10:00:00.001] INFO: request\u001b[39m {"requestId":"${refused}","method":"GET","route":"/me","status":401,"milliseconds":0.4}`,
  ]
  writeFileSync(join(shell.folder, 'log'), told.join('\n'))
  await shell.plays(
    `
    $ countersign explain ${refused} --log log
    request  GET /me
    answer   401 after 0.4 ms
    at       10:00:00.001
    user     unknown
    Refused: token_missing
    Next: send an access token: Authorization: Bearer …
    [exit 3]
  `,
    env,
  )
})

test('keys that cannot be fetched are reported with the address and the cause', async () => {
  using shell = openShell()
  const server = createServer(await makeCertificate())
  server.listen(0, 'localhost').unref() // a test that fails ends too
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const other = createServer().listen(0, 'localhost')
  await once(other, 'listening')
  const { port: gone } = other.address() as AddressInfo
  other.close()
  await shell.plays(
    `
    $ echo a.b.c | countersign token verify --issuer https://localhost:${port}
    error The key set of the issuer is unavailable (key_set_unavailable)
    https://localhost:${port}: fetch failed: self-signed certificate…NODE_EXTRA_CA_CERTS
    [exit 69]
    $ echo a.b.c | countersign token verify --issuer http://localhost:${gone}
    error The key set of the issuer is unavailable (key_set_unavailable)
    http://localhost:${gone}: fetch failed: …ECONNREFUSED…
    [exit 69]
    $ echo a.b.c | countersign explain --issuer https://nowhere.invalid --json
    {"code":"key_set_unavailable",…"reason":"https://nowhere.invalid: fetch failed: …nowhere.invalid"}
    [exit 69]
  `,
    env,
  )
})
