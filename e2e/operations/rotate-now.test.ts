import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { scratch } from '@countersign/testing/files'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { startRotations } from './rotate-now.fixture.ts'

const maxDelay = 2_000 // milliseconds; twice the promise, since the tests share their processors

async function assertNow(database: Readonly<Record<string, string>>): Promise<void> {
  await using world = await startRotations(database)
  const delay = await world.rotate()
  assert.ok(delay <= maxDelay, `accepted ${delay} ms after the answer`)
}

test('[18.12] once `key rotate --now` has answered, servers and guards refuse the old key: SQLite', async () => {
  using folder = scratch()
  await assertNow({ COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/auth.db` })
})

test('[18.12] once `key rotate --now` has answered, servers and guards refuse the old key: PostgreSQL', async (t) => {
  await using database = await startPostgres()
  if (!database) return t.skip(howToGetPostgres)
  using folder = scratch()
  const secret = `${folder.path}/url`
  writeFileSync(secret, await database.url('rotated_now'))
  await assertNow({ COUNTERSIGN_DATABASE_URL_FILE: secret })
})
