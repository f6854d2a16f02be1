import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { root, scratch } from '@countersign/testing/files'
import { countersign } from '@countersign/testing/process'
import { repetitions } from '@countersign/testing/proofs'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'

const users = 3000

test('an import that is killed leaves whole batches with their events, and a second run adds the rest', async () => {
  for (let round = 0; round < repetitions({ short: 1, long: 10 }); round++) {
    using folder = scratch()
    const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db` }
    const file = join(folder.path, 'users.csv')
    const rows = Array.from({ length: users }, (_, at) => `user ${at},u${at}@x.example`)
    writeFileSync(file, ['username,email', ...rows].join('\n'))
    await countersignHere(['migrate', 'apply', '--development'], { env })
    using database = new DatabaseSync(join(folder.path, 'd.db'))
    const count = (query: string) => Number(database.prepare(query).get()?.['count'])
    const added = () => count('select count(*) as count from users')
    const recorded = () =>
      count("select count(*) as count from audit_log where type = 'user_imported'")

    const words = ['import', file, '--from', 'csv', '--development', '--json']
    const [command = '', ...args] = countersign
    const child = spawn(command, [...args, ...words], {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    })
    const ended = once(child, 'exit')
    const killAt = randomInt(1, users / 2)
    while (added() < killAt && child.exitCode === null) await setTimeout(1)
    child.kill('SIGKILL')
    await ended
    const before = added()
    assert.equal(before % 100, 0, 'whole batches')
    assert.ok(before >= killAt, `killed after ${before} of ${users}`)
    assert.equal(recorded(), before)

    const { code, stdout, stderr } = await countersignHere(words, { env })
    assert.equal(code, 0, stderr)
    const { added: rest, present } = JSON.parse(stdout) as { added: number; present: number }
    assert.deepEqual([rest, present, recorded()], [users - before, before, users])
    const verified = await countersignHere(['audit-log', 'verify', '--development'], { env })
    assert.match(verified.stdout, /Audit log intact/)
  }
})
