import { join } from 'node:path'
import { test } from 'node:test'
import { enrolled } from '../../http/api/factors.fixture.ts'
import { openShell } from '../transcript.fixture.ts'

test('`user reset-factors` removes the factors, ends the sessions and says how many, and is in the audit log', async () => {
  using shell = openShell()
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${join(shell.folder, 'auth.db')}` }
  {
    const { server } = await enrolled(env)
    await server.close()
  }
  await shell.plays(
    `
    $ countersign user reset-factors grace --development
    error … (user_unknown)
    [exit 1]
    $ countersign user reset-factors ada --development
    Removed the second factors of ada; ended 1 session
    $ countersign user reset-factors ada --development
    Removed the second factors of ada; ended no sessions
    $ countersign audit-log list --development | grep -c factors_reset
    2
  `,
    env,
  )
})
