import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { scratch } from '@countersign/testing/files'
import { loopbackNetwork } from '@countersign/testing/http'
import { startPostgres } from '@countersign/testing/postgres'
import { countersign } from '@countersign/testing/process'
import { findProofSkip, queryAt } from './cluster.fixture.ts'
import { startInstallation } from './installation.fixture.ts'
import { startLoad } from './load.fixture.ts'
import { checkOut, commitOfLastSchema } from './previous-version.fixture.ts'
import { assertNothingLost } from './record.fixture.ts'

const commit = commitOfLastSchema()
const noHistory =
  commit === undefined && 'needs the history of the repository: git fetch --unshallow'

test(
  'servers of the last schema are replaced one by one under load, and no refresh fails',
  { skip: findProofSkip() || noHistory },
  async (t) => {
    using folder = scratch()
    const program = checkOut(commit ?? '', folder.path)
    await using database = await startPostgres({ own: true })
    assert.ok(database)
    const databaseUrl = await database.url('rolling')
    const query = (text: string) => queryAt(databaseUrl, text)
    const network = await loopbackNetwork()
    const options = { network, folder: folder.path, databaseUrl, guards: 4, program }
    await using installation = await startInstallation(options)
    const migrations = async () => (await query('select name from kysely_migration')).length
    const before = await migrations()
    const load = await startLoad(installation, { held: 24, visitors: 4 })
    await wait(5000)
    for (const at of [21, 22]) {
      await installation.servers.get(at)?.stop()
      await installation.start(at, { program: countersign })
      await wait(12_000) // each client refreshes, at a server of either version
    }
    await load.stop()
    const added = (await migrations()) - before
    t.diagnostic(
      JSON.stringify({ added, failures: load.failures, ...Object.fromEntries(load.statuses) }),
    )
    assert.ok(added > 0)
    assert.deepEqual(load.failures, [])
    await assertNothingLost(load, installation, query)
  },
)
