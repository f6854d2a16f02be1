import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openShell, productionEnv } from '../transcript.fixture.ts'

test('[18.25] migrate plan prints one column a line, and SQL that runs', async () => {
  using shell = openShell()
  const plan = await shell.run('countersign migrate plan', productionEnv())
  const long = plan.split('\n').filter((line) => line.length > 160) // as long as a line that a migration has itself
  assert.deepEqual(long, [])
  assert.match(plan, /\n {2}"password_hash" text not null,\n/)
  assert.match(plan, /;\n\n-- 0002-sessions\n/)
  const database = new DatabaseSync(':memory:')
  database.exec(plan)
  const tables = database.prepare("select name from sqlite_master where type = 'table'").all()
  assert.ok(tables.some(({ name }) => name === 'signing_keys'))
})
