import { findProgram, howToGet } from '@countersign/testing/debian'
import { scratch } from '@countersign/testing/files'
import { databases, openBrowser, openOAuthWorld, user } from '@countersign/testing/oauth'
import { howToGetPostgres } from '@countersign/testing/postgres'
import { run, start } from '@countersign/testing/process'
import { repetitions } from '@countersign/testing/proofs'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'

// oidc-agent of Debian keeps the tokens of a terminal. It asks every five seconds whether its user has agreed, so this is a proof.

const isLong = repetitions({ short: 0, long: 1 }) === 1
const name = 'oidc-agent-cli'
const isPresent = isLong && findProgram('oidc-agent', name) !== undefined
const skip = isLong ? !isPresent && howToGet(name) : 'npm run proofs -- clients'
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

for (const [database, open] of databases)
  for (const isPublic of [false, true])
    test(
      `on ${database}, oidc-agent gets tokens with a device code as a ${isPublic ? 'public' : 'confidential'} client, refreshes them, and revokes them`,
      { skip },
      (t) => signIn(open, isPublic, t),
    )

async function signIn(
  open: (typeof databases)[number][1],
  isPublic: boolean,
  t: TestContext,
): Promise<void> {
  const database = await open()
  if (!database) return t.skip(howToGetPostgres)
  await using cleanUp = new AsyncDisposableStack()
  cleanUp.defer(database.close)
  const { issuer, add, close } = await openOAuthWorld(database.url)
  cleanUp.defer(close)
  const scopes = ['openid', 'profile', 'offline_access']
  const given = { name: 'terminal', scopes, resources: [issuer], grants: [deviceGrant] }
  const { id, secret } = await add({ ...given, public: isPublic, redirect_uris: [] })

  const folder = cleanUp.use(scratch())
  const socket = join(folder.path, 'socket')
  const passwordFile = join(folder.path, 'password')
  writeFileSync(passwordFile, 'a password of this test\n')
  const env = { HOME: folder.path, OIDC_SOCK: socket }
  const daemon = `oidc-agent -d -a ${socket} & until [ -S ${socket} ]; do sleep 0.1; done; echo ready; wait`
  cleanUp.use(await start(['sh', '-c', daemon], { env, ready: /ready/ }))

  const made = await start(
    [
      'oidc-gen',
      `--client-id=${id}`,
      `--client-secret=${secret}`,
      `--issuer=${issuer}`,
      `--device-authorization-endpoint=${issuer}/oauth/device`,
      `--scope=${scopes.join(' ')}`,
      `--pw-file=${passwordFile}`,
      '--flow=device',
      '--prompt=none',
      '--confirm-default',
      'account',
    ],
    { env, ready: /enter the code: \S+/ },
  )
  const [, code = ''] = /enter the code: (\S+)/.exec(made.output()) ?? []
  await agree(issuer, code)
  assert.equal(await made.ended, 0, made.output())

  const token = async (...more: readonly string[]) => {
    const { output } = await run(['oidc-token', ...more, 'account'], { env })
    return output.trim()
  }
  const infoOf = (one: string) =>
    fetch(`${issuer}/oauth/userinfo`, { headers: { authorization: `Bearer ${one}` } })
  const first = await token()
  const info = (await (await infoOf(first)).json()) as Readonly<Record<string, unknown>>
  assert.equal(info['preferred_username'], user.username)
  const next = await token('--force-new')
  assert.notEqual(next, first)
  assert.equal((await infoOf(next)).status, 200)
  const removed = await run(
    ['oidc-gen', '--delete', `--pw-file=${passwordFile}`, '--confirm-yes', 'account'],
    { env },
  )
  assert.equal(removed.code, 0, removed.output)
  assert.equal((await infoOf(next)).status, 401, 'it has revoked its refresh token')
}

/** Signs the user in, who types a code and agrees. */
async function agree(issuer: string, code: string): Promise<void> {
  const browser = openBrowser(issuer)
  const { username, password } = user
  await browser.request(`${issuer}/sign-in`, { form: { username, password } })
  const asked = await browser.request(`${issuer}/device`, { form: { user_code: code } })
  const [, shown = ''] = /name="user" value="([^"]+)"/.exec(asked.text) ?? []
  const form = { user_code: code, user: shown, decision: 'allow' }
  const { status } = await browser.request(`${issuer}/device/answer`, { form })
  assert.equal(status, 200)
}
