import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { systemRandom } from '../../platform/crypto/random.ts'
import { createStore } from '../../store/store.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { rootSecret } from '../kernel/root-secret.ts'
import { Secret } from '../kernel/secret.ts'
import { recordEvents } from './record-event.ts'
import { createCheckpointSigner, toTuple } from './checkpoint.ts'
import { entryName, strandOf } from './strand.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { verifyAuditLog } from './verify-audit-log.ts'

/**
 * An audit log of ten entries, of which the fourth and the eighth are checkpoints if there is one strand; `sql` edits the database behind the
 * server.
 */
async function givenAuditLog({ strands = 0 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const file = join(folder, 'x.db')
  const store = await createStore({ kind: 'sqlite', file }, { strands })
  const runtime = { store, clock: { now: () => 5 }, random: systemRandom, root: testRoot }
  const happen = (user: string) =>
    store.transaction((tx) =>
      recordEvents(runtime, tx, {
        type: 'login',
        user,
        facts: { amr: ['pwd'] },
        personal: { address: '192.0.2.1' },
      }),
    )
  for (const user of ['u1', 'u2', 'u3']) await happen(user)
  const first = await signCheckpoint(runtime)
  for (const user of ['u5', 'u6', 'u7']) await happen(user)
  const second = await signCheckpoint(runtime)
  for (const user of ['u9', 'u10']) await happen(user)
  const intruder = new DatabaseSync(file)
  return {
    runtime,
    file,
    kept: [first.token, second.token],
    sql: (text: string) => intruder.exec(text),
    happen,
    verify: async (kept: readonly string[] = [], root = testRoot) => {
      const { fault, entries } = await verifyAuditLog({ store, root }, kept, () => {})
      return fault ? `${fault.fault} ${entryName(fault)}` : `${entries} fit`
    },
    async [Symbol.asyncDispose]() {
      intruder.close()
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const lastThree =
  'delete from audit_log where seq > 7; delete from audit_log_checkpoints where seq > 7'

suite('changes of the database are detected', () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['nothing', 'select 1', '10 fit'],
    ['a user', "update audit_log set user_id = 'u2' where seq = 3", 'changed 3'],
    ['a fact', `update audit_log set facts = '{"amr":["otp"]}' where seq = 6`, 'changed 6'],
    ['a time', 'update audit_log set at = at + 1 where seq = 1', 'changed 1'],
    ['an address', "update audit_log set personal = '{}' where seq = 2", 'personal_data_changed 2'],
    ['half of it', 'update audit_log set personal = null where seq = 2', 'personal_data_changed 2'],
    ['all of it', 'update audit_log set personal = null, salt = null where seq = 2', '10 fit'],
    ['the first gone', 'delete from audit_log where seq = 1', 'missing 1'],
    ['one gone', 'delete from audit_log where seq = 5', 'missing 5'],
    [
      'one gone, the rest moved up',
      'delete from audit_log where seq = 9; update audit_log set seq = 9 where seq = 10',
      'changed 9',
    ],
    [
      'one put in',
      "insert into audit_log select 11, at, type, 'u11', session_id, facts, personal, salt, commitment, mac from audit_log where seq = 10",
      'changed 11',
    ],
    [
      'two exchanged',
      'update audit_log set seq = 99 where seq = 5; update audit_log set seq = 5 where seq = 6; update audit_log set seq = 6 where seq = 99',
      'changed 5',
    ],
    ['the end, as far as a checkpoint', 'delete from audit_log where seq > 7', 'truncated 8'],
    ['all of it', 'delete from audit_log', 'truncated 1'],
    ['a checkpoint', 'delete from audit_log_checkpoints where seq = 4', 'checkpoint_missing 4'],
    [
      'a checkpoint in place of another',
      'update audit_log_checkpoints set token = (select token from audit_log_checkpoints where seq = 4) where seq = 8',
      'checkpoint_unreadable 8',
    ],
  ]
  for (const [what, edit, expected] of rows) {
    test(`${what}: ${expected}`, async () => {
      await using auditLog = await givenAuditLog()
      auditLog.sql(edit)
      assert.equal(await auditLog.verify(), expected)
    })
  }

  test('the end with its checkpoints: detected only with a copy of one', async () => {
    await using auditLog = await givenAuditLog()
    auditLog.sql(lastThree)
    assert.equal(await auditLog.verify(), '7 fit')
    assert.equal(await auditLog.verify(auditLog.kept), 'truncated 8')
    for (const user of ['x', 'y', 'z']) await auditLog.happen(user)
    assert.equal(await auditLog.verify(), '10 fit', 'and the server went on')
    assert.equal(await auditLog.verify(auditLog.kept), 'replaced 8')
  })

  test('everything replaced: a copy of a checkpoint belongs to another audit log', async () => {
    await using auditLog = await givenAuditLog()
    const other = rootSecret(new Secret(systemRandom.bytes(32).toString('base64')))
    assert.equal(await auditLog.verify([], other), 'checkpoint_unreadable 4')
    auditLog.sql('delete from audit_log; delete from audit_log_checkpoints')
    assert.equal(await auditLog.verify([], other), '0 fit')
    assert.equal(await auditLog.verify(auditLog.kept, other), 'checkpoint_unreadable 0')
  })
})

suite('[23.1] changes of strands are detected', () => {
  const strand = (user: string) => strandOf(user, 16)
  const [alone, other] = [strand('u7'), strand('u5')] // neither shares its strand with another user of the fixture
  const rows: readonly (readonly [string, string, string])[] = [
    ['nothing', 'select 1', '10 fit'],
    [
      'an entry of a user',
      `update audit_log_strands set facts = '{}' where strand = ${alone}`,
      `changed ${alone}:1`,
    ],
    [
      'an entry moved to the end of another strand',
      `update audit_log_strands set strand = ${other}, seq = 2 where strand = ${alone}`,
      `changed ${other}:2`,
    ],
    [
      'an entry moved to a strand that has none',
      `update audit_log_strands set strand = 17 where strand = ${alone}`,
      'changed 17:1',
    ],
    [
      'two strands exchanged',
      `update audit_log_strands set strand = 99 where strand = ${alone};
       update audit_log_strands set strand = ${alone} where strand = ${other};
       update audit_log_strands set strand = ${other} where strand = 99`,
      `changed ${alone}:1`,
    ],
    [
      'a strand, all of it, that a checkpoint covers',
      `delete from audit_log_strands where strand = ${alone}`,
      `truncated ${alone}:1`,
    ],
    ['strand 0, all of it', 'delete from audit_log', 'truncated 1'],
    ['a checkpoint', 'delete from audit_log_checkpoints where seq = 1', 'checkpoint_missing 1'],
  ]
  for (const [what, edit, expected] of rows) {
    test(`${what}: ${expected}`, async () => {
      await using auditLog = await givenAuditLog({ strands: 16 })
      auditLog.sql(edit)
      assert.equal(await auditLog.verify(), expected)
    })
  }

  test('the end of a strand with all checkpoints: only with a copy of one', async () => {
    await using auditLog = await givenAuditLog({ strands: 16 })
    auditLog.sql(`delete from audit_log_strands where strand = ${alone}`)
    auditLog.sql('delete from audit_log_checkpoints; delete from audit_log')
    assert.equal(await auditLog.verify(), '7 fit')
    assert.match(await auditLog.verify(auditLog.kept), /^truncated/)
  })

  test('an audit log from before there were strands goes on: its chain is strand 0, with its numbers and checkpoints', async () => {
    await using auditLog = await givenAuditLog()
    const later = await createStore({ kind: 'sqlite', file: auditLog.file }, { strands: 16 })
    const runtime = { ...auditLog.runtime, store: later }
    const record = (user: string) =>
      later.transaction((tx) => recordEvents(runtime, tx, { type: 'logout', user, facts: {} }))
    for (const user of ['u1', 'u2', 'u1']) await record(user)
    const { token } = await signCheckpoint(runtime)
    await auditLog.happen('u1') // a server of the version before, still running
    await record('u1')
    assert.equal(await auditLog.verify([...auditLog.kept, token]), '16 fit')
    assert.deepEqual(await later.auditLog.find(10), await auditLog.runtime.store.auditLog.find(10))
    auditLog.sql(`delete from audit_log_strands where strand = ${strand('u1')} and seq > 1`)
    assert.equal(await auditLog.verify([token]), `truncated ${strand('u1')}:2`)
    await later.close()
  })

  test('after the root secret was lost, what came before it is left out in every strand', async () => {
    await using auditLog = await givenAuditLog({ strands: 16 })
    const { store } = auditLog.runtime
    const root = rootSecret(new Secret(systemRandom.bytes(32).toString('base64')))
    const deps = { ...auditLog.runtime, root }
    await store.transaction(async (tx) => {
      const others = (await tx.auditLog.heads()).filter((one) => one.strand > 0)
      const facts = { strands: others.map(toTuple) }
      await recordEvents(deps, tx, { type: 'root_replaced', facts })
    })
    for (const user of ['u1', 'u7', 'new'])
      await store.transaction((tx) => recordEvents(deps, tx, { type: 'logout', user, facts: {} }))
    auditLog.sql('delete from audit_log_checkpoints')
    assert.equal(await auditLog.verify([], root), '4 fit')
    auditLog.sql(`update audit_log_strands set user_id = 'u9' where user_id = 'new'`)
    assert.match(await auditLog.verify([], root), /^changed/)
    assert.equal(await auditLog.verify(), 'changed 3')
  })
})

test('a checkpoint can be read years later, and nothing else is accepted as one', () => {
  const checkpointSigner = createCheckpointSigner(testRoot)
  const links = [
    { strand: 0, seq: 7, mac: 'x' },
    { strand: 3, seq: 1, mac: 'y' },
  ]
  const { token } = checkpointSigner.sign(links, 1_000)
  assert.deepEqual(checkpointSigner.read(token), links)
  for (const odd of ['', 'x', `${token}x`, token.replace(/.$/, '-'), `${token.split('.')[0]}..`])
    assert.equal(checkpointSigner.read(odd), undefined)
})
