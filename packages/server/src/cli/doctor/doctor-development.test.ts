import { join } from 'node:path'
import { test } from 'node:test'
import { testServer } from '../../testing.ts'
import { openShell } from '../transcript.fixture.ts'

test('[18.25] doctor passes a fresh development server, whose own key lies beside the database', async () => {
  using shell = openShell()
  const file = join(shell.folder, 'data', 'development.db')
  await (await testServer({ COUNTERSIGN_DATABASE_URL: `sqlite:${file}` })).close()
  await shell.plays(`
    $ countersign doctor --development | grep -E 'encryption|key ring|sample user'
    ok…key ring … as the audit log has it
    ok…encryption … all … values can be decrypted
    ok…sample user … the user admin has the sample password, as development has on purpose
    $ countersign doctor --development --json | grep -c '"verdict": "fail"'
    0
    [exit 1]
    $ rm data/key-encryption-key
    $ countersign doctor --development | grep 'key ring'
    warn…key ring … not compared: … start a server…
    $ test -e data/key-encryption-key
    [exit 1]
  `)
})
