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
import { createCheckpointSigner } from './checkpoint.ts'
import { recordEvents } from './record-event.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { verifyAuditLog } from './verify-audit-log.ts'

/** An audit log of ten entries, the fourth and the eighth of which are checkpoints; `sql` edits the database behind the server. */
async function givenAuditLog() {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const file = join(folder, 'x.db')
  const store = await createStore({ kind: 'sqlite', file })
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
    kept: [first.token, second.token],
    sql: (text: string) => intruder.exec(text),
    happen,
    verify: async (kept: readonly string[] = [], root = testRoot) => {
      const { fault, entries } = await verifyAuditLog({ store, root }, kept, () => {})
      return fault ? `${fault.fault} ${fault.seq}` : `${entries} fit`
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

test('a checkpoint can be read years later, and nothing else is accepted as one', () => {
  const checkpointSigner = createCheckpointSigner(testRoot)
  const { token } = checkpointSigner.sign({ seq: 7, mac: 'x' }, 1_000)
  assert.deepEqual(checkpointSigner.read(token), { seq: 7, mac: 'x' })
  for (const odd of ['', 'x', `${token}x`, token.replace(/.$/, '-'), `${token.split('.')[0]}..`])
    assert.equal(checkpointSigner.read(odd), undefined)
})
