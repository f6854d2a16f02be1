import assert from 'node:assert/strict'
import { hashOf, Secret } from '../../packages/server/src/domain/kernel/secret.ts'
import { readRefreshToken } from '../../packages/server/src/domain/sessions/refresh-token.ts'
import { post } from '@countersign/testing/http'
import type { Cluster } from './cluster.fixture.ts'
import type { Installation } from './installation.fixture.ts'
import type { Load } from './load.fixture.ts'

function secretHashOf(refreshToken: string): string | undefined {
  const read = readRefreshToken(new Secret(refreshToken))
  return read && hashOf(read.secret)
}

/** Checks that everything that was answered is in the database, and in the audit log, and that nothing happened that must not. */
export async function assertNothingLost(
  load: Load,
  { url, command }: Installation,
  query: Cluster['query'],
): Promise<void> {
  const rows = await query('select id, secret_hash, ended_at from sessions')
  const sessions = new Map(rows.map((row) => [String(row['id']), row]))
  const events = await query(
    'select type, session_id from audit_log union all select type, session_id from audit_log_strands',
  )
  const logged = new Set(events.map((row) => `${String(row['type'])} ${String(row['session_id'])}`))
  for (const record of load.records) {
    const { sessionId, signedOutAt, signOutSentAt, tokens } = record
    const row = sessions.get(sessionId)
    assert.ok(row, `the session ${sessionId} is missing`)
    assert.ok(logged.has(`login ${sessionId}`), `the entry of the sign-in ${sessionId} is missing`)
    if (record.isRefreshUnanswered !== true)
      assert.equal(
        row['secret_hash'],
        secretHashOf(tokens.refresh_token),
        `a refresh of ${sessionId} is missing`,
      )
    if (signOutSentAt !== undefined && signedOutAt === undefined) continue // it may have happened or not
    assert.equal(
      row['ended_at'] !== null,
      signedOutAt !== undefined,
      `the sign-out of ${sessionId} is missing`,
    )
    if (signedOutAt !== undefined)
      assert.ok(
        logged.has(`logout ${sessionId}`),
        `the entry of the sign-out ${sessionId} is missing`,
      )
    const { status } = await post(`${url}/refresh`, { refresh_token: tokens.refresh_token })
    assert.equal(status, signedOutAt === undefined ? 200 : 401)
  }
  assert.deepEqual(load.faults, [])
  const verified = await command('audit-log verify')
  assert.equal(verified.code, 0, verified.output)
}

/**
 * Returns the longest time without an answered write after each of the moments, in seconds: until the next of them, and after the last until the
 * end. Call it before the load stops.
 */
export function outages(
  { writes }: Pick<Load, 'writes'>,
  moments: readonly number[],
  end = Date.now() / 1000,
): readonly number[] {
  return moments.map((moment, at) => {
    const until = moments[at + 1] ?? end
    const within = writes.filter((one) => one >= moment && one < until)
    const points = [moment, ...within, until]
    return Math.max(...points.map((one, index) => (points[index + 1] ?? one) - one))
  })
}
