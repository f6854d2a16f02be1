// Commands that revoke access tokens, and `explain`, which must see that they did.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fixedClock } from '@countersign/token/testing'
import { testServer } from '../../testing.ts'
import { openShell, type Shell } from '../transcript.fixture.ts'

/** Signs the sample user in, and puts their token into a file `token` of the shell's folder. */
async function signedIn(shell: Shell) {
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(shell.folder, 'auth.db')}` }
  await using server = await testServer(env, fixedClock(Math.floor(Date.now() / 1000)))
  const answer = await server.fetch(
    new Request('http://localhost:5000/login', {
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
