// Commands that revoke access tokens, and `explain`, which must see that they did.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fixedClock } from '@countersign/token/testing'
import { testServer } from '../../testing.ts'
import { openShell, type Shell } from '../transcript.fixture.ts'

const url = 'http://localhost:5000'
const notes = 'https://notes.example.com'

/** Signs the sample user in, and puts their token into a file `token` of the shell's folder. */
async function signedIn(shell: Shell) {
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(shell.folder, 'auth.db')}` }
  await using server = await testServer(env, fixedClock(Math.floor(Date.now() / 1000)))
  const answer = await server.fetch(
    new Request(`${url}/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: 'password' }),
    }),
  )
  const { token } = (await answer.json()) as { readonly token: string }
  writeFileSync(join(shell.folder, 'token'), token)
  return env
}

test('[18.36] `session end` ends one session, says so once, and its token is refused', async () => {
  using shell = openShell()
  const env = await signedIn(shell)
  const [id = ''] =
    /s_\S+/.exec(await shell.run('countersign session list admin --development', env)) ?? []
  assert.notEqual(id, '')
  await shell.plays(
    `
    $ countersign explain --development < token
    …
    ok  session … alive
    The token is valid.
    $ countersign session end --development
    error … give either the id of a session or --user (argument_invalid)
    [exit 2]
    $ countersign session end s_unknown --development
    error … (session_unknown)
    [exit 1]
    $ countersign session end ${id} --development
    Ended 1 session
    $ countersign session end ${id} --development
    The session is over already: ended … (ended_by_administrator)
    $ countersign explain --development < token
    …
    no  session … ended … (ended_by_administrator)
    Refused: token_revoked
    [exit 3]
  `,
    env,
  )
})

test('[18.36] `user set-roles` revokes access tokens with the old roles, and with --gently it does not', async () => {
  using shell = openShell()
  const env = await signedIn(shell)
  await shell.plays(
    `
    $ countersign user set-roles admin admin editor --gently --development
    admin has the roles admin, editor
    $ countersign explain --development < token
    …
    ok  session … alive
    The token is valid.
    $ countersign user set-roles admin admin billing --development
    admin has the roles admin, billing
    $ countersign explain --development < token
    …
    no  session … alive, but this token was revoked when its roles, password or e-mail address changed
    Refused: token_revoked
    [exit 3]
  `,
    env,
  )
})

/** Puts tokens of the service account `reporter`, for this server and for a resource, into files of the shell's folder. */
async function withReporter(shell: Shell) {
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(shell.folder, 'auth.db')}` }
  await shell.run('countersign migrate apply --development', env)
  await shell.run(`countersign resource add ${notes} --scopes notes:read --development`, env)
  const made = await shell.run(
    `countersign client add reporter --scopes notes:read,admin:users --resource ${url},${notes} --json --development`,
    env,
  )
  const { client_id = '', client_secret = '' } = JSON.parse(made) as Record<string, string>
  await using server = await testServer(env, fixedClock(Math.floor(Date.now() / 1000)))
  for (const [file, resource] of Object.entries({ own: url, notes })) {
    const body = { grant_type: 'client_credentials', client_id, client_secret, resource }
    const answer = await server.fetch(
      new Request(`${url}/oauth/token`, { method: 'POST', body: new URLSearchParams(body) }),
    )
    const { access_token } = (await answer.json()) as { readonly access_token: string }
    writeFileSync(join(shell.folder, file), access_token)
  }
  return env
}

test('[18.36] the token of a service account is explained by its status, for this server and with --audience for a resource', async () => {
  using shell = openShell()
  const env = await withReporter(shell)
  await shell.plays(
    `
    $ countersign explain --development < own
    …
    ok  status … not revoked
    The token is valid.
    $ countersign explain --development < notes
    …
    Refused: audience_wrong
    …
    [exit 3]
    $ countersign explain --development --audience ${notes} < notes
    …
    ok  status … not revoked
    The token is valid.
    $ countersign client secret rotate reporter --overlap 0 --development
    css_…
    $ countersign token verify --development --audience ${notes} < notes
    …
    no  status … revoked: the service account was removed, or its secret, scopes or resources changed
    Refused: token_revoked
    [exit 3]
  `,
    env,
  )
})
