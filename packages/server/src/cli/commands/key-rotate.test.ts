import { test } from 'node:test'
import { join } from 'node:path'
import { fixedClock } from '@countersign/token/testing'
import { testServer } from '../../testing.ts'
import { openShell } from '../transcript.fixture.ts'

test('`key rotate` of an algorithm without a key that signs says when its first key does, or how to add it', async () => {
  using shell = openShell()
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(shell.folder, 'auth.db')}` }
  const clock = fixedClock(Math.floor(Date.now() / 1000))
  for (const algorithms of ['ES256', 'ES256, RS256']) {
    await using server = await testServer(
      { ...env, COUNTERSIGN_KEYS_ALGORITHMS: algorithms },
      clock,
    )
    await server.fetch(new Request('http://localhost:5000/'))
  }
  await shell.plays(
    `
    $ countersign key rotate --algorithm RS256 --development
    error Signing key not found: the first RS256 key signs from … UTC; there is nothing to rotate before (signing_key_unknown)
    [exit 1]
    $ countersign key rotate --now --algorithm EdDSA --yes --development
    error Signing key not found: no EdDSA key signs; to add the algorithm, name it in keys.algorithms and restart the servers (signing_key_unknown)
    [exit 1]
  `,
    env,
  )
})
