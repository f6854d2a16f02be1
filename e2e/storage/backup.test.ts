import { createGuard, type Guard } from '@countersign/guard'
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync, globSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start, type Running } from '@countersign/testing/process'

const ada = { username: 'ada', password: 'correct horse battery staple' }

interface Tokens {
  readonly token: string
  readonly refresh: string
}

/** Creates an installation on a database; its key and pepper are stored elsewhere. */
async function install(database: string, folder: string) {
  const port = await freePort()
  const url = `http://localhost:${port}`
  writeFileSync(`${folder}/key`, randomBytes(32).toString('base64'), { mode: 0o600 })
  writeFileSync(`${folder}/url`, database, { mode: 0o600 })
  const settings = {
    COUNTERSIGN_ISSUER_URL: url,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL_FILE: `${folder}/url`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY_FILE: `${folder}/key`,
    COUNTERSIGN_PASSWORDS_PEPPER: randomBytes(32).toString('base64'),
    COUNTERSIGN_LIMITS_ATTEMPTS: '0',
  }
  const command = (line: string, env: Readonly<Record<string, string>> = {}) =>
    run([...countersign, ...line.split(' ')], { env: { ...settings, ...env }, input: ada.password })
  const added = await command('user add ada')
  assert.equal(added.code, 0, added.output)
  return {
    url,
    settings,
    command,
    serve: () => start([...countersign, 'serve'], { env: settings }),
    async signIn(): Promise<Tokens> {
      const { body } = await post(`${url}/login`, ada)
      return { token: String(body['token']), refresh: String(body['refresh_token']) }
    },
    refresh: (one: Tokens) => post(`${url}/refresh`, { refresh_token: one.refresh }),
    async signOut({ token }: Tokens) {
      const headers = { authorization: `Bearer ${token}` }
      const { status } = await fetch(`${url}/logout`, { method: 'POST', headers })
      assert.equal(status, 204)
    },
  }
}
type Installed = Awaited<ReturnType<typeof install>>

/** Creates a remote guard that follows the feed. While its network is down, it reaches no issuer. */
function guardOf({ url }: Installed) {
  const network = { isUp: true }
  const fetchOverNetwork: typeof fetch = async (...request) => {
    if (!network.isUp) throw new TypeError('fetch failed')
    return fetch(...request)
  }
  return {
    network,
    guard: createGuard({ issuer: url, audience: url, revocation: 'feed', fetch: fetchOverNetwork }),
  }
}

const verdictOf = async (guard: Guard, { token }: Tokens) => {
  const answer = await guard.checkToken(token)
  return answer.allowed ? 'allowed' : answer.problem.code
}

async function until(holds: () => Promise<boolean> | boolean, what: string) {
  for (let left = 400; left > 0; left--) {
    if (await holds()) return
    await setTimeout(50)
  }
  assert.fail(`${what}: not within 20 s`)
}

/** Signs in, refreshes and signs out repeatedly; returns a function that stops it and returns the number of rounds. */
function keepBusy(installed: Installed) {
  const stopping = new AbortController()
  let rounds = 0
  const clients = Array.from({ length: 4 }, async () => {
    while (!stopping.signal.aborted) {
      const one = await installed.signIn()
      assert.equal((await installed.refresh(one)).status, 200)
      await installed.signOut(one)
      rounds++
    }
  })
  return async () => {
    stopping.abort()
    await Promise.all(clients)
    return rounds
  }
}

/** Restores a backup as guides/backup.md says: while no server runs, the copy replaces the file and its logs. */
function restore(copy: string, file: string) {
  for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true })
  copyFileSync(copy, file)
}

test('a backup taken while users sign in and out is a complete installation: tokens, audit log, sessions and guards continue from it', async () => {
  using folder = scratch()
  const [file, copy] = [`${folder.path}/auth.db`, `${folder.path}/copy.db`]
  const installed = await install(`sqlite:${file}`, folder.path)
  let server: Running = await installed.serve()
  const { guard } = guardOf(installed)
  try {
    const [kept, ended, rotated] = [
      await installed.signIn(),
      await installed.signIn(),
      await installed.signIn(),
    ]
    const stopClients = await keepBusy(installed)
    await setTimeout(500)
    const made = await installed.command(`backup ${copy} --json`)
    assert.ok((await stopClients()) > 0)
    assert.equal(made.code, 0, made.output)
    assert.deepEqual(JSON.parse(made.output), { file: copy, bytes: statSync(copy).size })
    assert.equal(statSync(copy).mode & 0o777, 0o600)
    assert.equal((await installed.command(`backup ${copy}`)).code, 1, 'nothing is overwritten')

    const later = (await installed.refresh(rotated)).body
    await installed.signOut(ended)
    for (let more = 0; more < 5; more++) await installed.signOut(await installed.signIn())
    await until(
      async () => (await verdictOf(guard, ended)) === 'token_revoked',
      'the guard learns of the sign-out',
    )

    await server.stop()
    restore(copy, file)
    server = await installed.serve()
    assert.equal((await installed.command('audit-log verify')).code, 0)
    assert.equal((await get(`${installed.url}/me`, kept.token)).status, 200, 'its token is valid')
    assert.equal((await installed.refresh(kept)).status, 200)
    assert.ok(
      (await installed.signIn()).token.length > 100,
      'the password is valid with its pepper',
    )

    assert.equal(
      (await get(`${installed.url}/me`, ended.token)).status,
      200,
      'an ended session is back',
    )
    await until(() => guard.health().lists[0]?.feed === 'open', 'the guard follows the feed again')
    assert.equal(
      await verdictOf(guard, ended),
      'token_revoked',
      'a guard that knows of the end still refuses the token',
    )
    assert.equal(await verdictOf(guard, kept), 'allowed')
    const once = await post(`${installed.url}/refresh`, { refresh_token: later['refresh_token'] })
    assert.equal(once.status, 200, 'of a session that was refreshed once, its client goes on')

    const all = await installed.command('session end --user ada --yes')
    assert.match(all.output, /Ended \d+ sessions of ada/)
    for (const one of [kept, ended]) {
      const isOver = async () => (await get(`${installed.url}/me`, one.token)).status === 401
      await until(isOver, 'the server polls once a second')
      await until(
        async () => (await verdictOf(guard, one)) === 'token_revoked',
        'the guard learns that the session ended',
      )
    }
  } finally {
    guard.close()
    await server.stop()
  }
})

test('a guard that reconnects after a restore misses no sign-out of the new history, however long the lost history was', async () => {
  using folder = scratch()
  const [file, copy] = [`${folder.path}/auth.db`, `${folder.path}/copy.db`]
  const installed = await install(`sqlite:${file}`, folder.path)
  let server: Running = await installed.serve()
  const { guard, network } = guardOf(installed)
  try {
    const sessions: Tokens[] = []
    for (let more = 0; more < 10; more++) sessions.push(await installed.signIn())
    assert.equal(await verdictOf(guard, sessions[0]!), 'allowed')
    assert.equal((await installed.command(`backup ${copy}`)).code, 0)
    const lost = await installed.signIn()
    for (let more = 0; more < 5; more++) await installed.signOut(await installed.signIn())
    await installed.signOut(lost)
    await until(
      async () => (await verdictOf(guard, lost)) === 'token_revoked',
      'the guard learns of the sign-out that will be lost',
    )

    network.isUp = false
    await server.stop()
    restore(copy, file)
    server = await installed.serve()
    for (const one of sessions) await installed.signOut(one)
    network.isUp = true
    await until(() => guard.health().lists[0]?.feed === 'open', 'the guard follows the feed again')
    for (const one of sessions)
      await until(
        async () => (await verdictOf(guard, one)) === 'token_revoked',
        'the guard learns of a sign-out',
      )
    assert.equal(guard.health().lists[0]?.current, true)
  } finally {
    guard.close()
    await server.stop()
  }
})

test('for PostgreSQL the command prints the pg_dump command without the password, and its dump is a complete installation too', async (t) => {
  await using database = await startPostgres()
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const [from, to] = [await database.url('auth'), await database.url('restored')]
  const { password, hostname, port, username } = new URL(from)
  const installed = await install(from, folder.path)
  const dump = `${folder.path}/it's a copy`
  const printed = await run([...countersign, 'backup', dump], { env: installed.settings })
  assert.equal(printed.code, 1, printed.output)
  assert.match(printed.output, /\(backup_by_pg_dump\)/)
  assert.ok(!printed.output.includes(password))
  const [command = ''] = printed.output.split('\n')

  writeFileSync(`${folder.path}/pgpass`, `${hostname}:${port}:*:${username}:${password}`, {
    mode: 0o600,
  })
  const programs = [...globSync('/usr/lib/postgresql/*/bin'), process.env['PATH']].join(':')
  const env = { PGPASSFILE: `${folder.path}/pgpass`, PATH: programs }
  const dumped = await run(['sh', '-c', command], { env })
  assert.deepEqual(dumped, { code: 0, output: '' })
  assert.equal(statSync(dump).mode & 0o777, 0o600)
  const bare = to.replace(`:${password}`, '')
  const restored = await run(
    ['pg_restore', '--exit-on-error', '--no-owner', `--dbname=${bare}`, dump],
    { env },
  )
  assert.deepEqual(restored, { code: 0, output: '' })

  writeFileSync(`${folder.path}/url`, to, { mode: 0o600 })
  await using _ = await installed.serve()
  assert.ok((await installed.signIn()).token.length > 100)
  assert.equal((await installed.command('audit-log verify')).code, 0)
})
