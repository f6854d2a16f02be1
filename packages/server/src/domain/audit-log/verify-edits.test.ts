import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '../../platform/crypto/random.ts'
import { testRoot } from '../../store/contracts/policies.fixture.ts'
import { createStore } from '../../store/store.ts'
import type { AuditLog, AuditLogTables } from './audit-log.ts'
import type { Entry } from './chain.ts'
import type { Checkpoint } from './checkpoint.ts'
import { recordEvents } from './record-event.ts'
import { signCheckpoint } from './sign-checkpoint.ts'
import { maxStrands } from './strand.ts'
import { verifyAuditLog } from './verify-audit-log.ts'

/** Everything that an attacker who can write to the database can change. */
interface Contents {
  readonly entries: readonly Entry[]
  readonly checkpoints: readonly Checkpoint[]
}

/** An audit log of 120 events of 40 users and of none, with a checkpoint at its end and one in the middle. */
async function givenContents(): Promise<Contents> {
  const store = await createStore({ kind: 'sqlite', file: ':memory:' }, { strands: maxStrands })
  const runtime = { store, clock: { now: () => 5 }, random: systemRandom, root: testRoot }
  for (let at = 0; at < 120; at++) {
    const user = at % 6 === 0 ? undefined : `u${(at * 7) % 40}`
    const event = {
      type: 'login',
      user,
      facts: { amr: ['pwd'] },
      personal: { address: 'x' },
    } as const
    await store.transaction((tx) => recordEvents(runtime, tx, event))
    if (at === 60) await signCheckpoint(runtime)
  }
  await signCheckpoint(runtime)
  const entries = await store.auditLog.page({ strand: 0, seq: 0 }, 1_000)
  const checkpoints = await store.auditLog.checkpoints(0, 9)
  await store.close()
  return { entries, checkpoints }
}

/** An audit log in memory, as the table of the store returns it. */
function tableOf({ entries, checkpoints }: Contents): AuditLogTables {
  const sorted = entries.toSorted((one, other) => one.strand - other.strand || one.seq - other.seq)
  const reads: Pick<AuditLog, 'page' | 'lastOf' | 'find' | 'checkpoints'> = {
    page: async ({ strand, seq }) =>
      sorted.filter((one) => one.strand > strand || (one.strand === strand && one.seq > seq)),
    lastOf: async (type) => sorted.findLast((one) => one.strand === 0 && one.type === type),
    find: async (seq) => sorted.find((one) => one.strand === 0 && one.seq === seq),
    checkpoints: async (after) => checkpoints.filter(({ seq }) => seq > after),
  }
  return { auditLog: reads as AuditLog } // verification reads nothing else
}

const pick = (count: number) => systemRandom.bytes(4).readUInt32LE() % count

/** Ways to edit an audit log so that it says something else. */
const edits: Readonly<Record<string, (contents: Contents) => Contents>> = {
  'changes a value'({ entries, ...rest }) {
    const at = pick(entries.length)
    const changes = [
      { userId: 'u_x' },
      { type: 'logout' },
      { facts: '{"amr":["otp"]}' }, // no event has them
      { at: 6 },
      { mac: 'x' },
    ]
    return { ...rest, entries: entries.with(at, { ...entries[at]!, ...changes[pick(5)] }) }
  },
  'deletes an entry': ({ entries, ...rest }) => ({
    ...rest,
    entries: entries.toSpliced(pick(entries.length), 1),
  }),
  'swaps two entries, within a strand or across'({ entries, ...rest }) {
    const one = pick(entries.length)
    const other = (one + 1 + pick(entries.length - 1)) % entries.length
    const placed = (at: number, to: number) => {
      const { strand, seq } = entries[to]!
      return { ...entries[at]!, strand, seq }
    }
    return {
      ...rest,
      entries: entries.with(one, placed(other, one)).with(other, placed(one, other)),
    }
  },
  'moves an entry to the end of any strand'({ entries, ...rest }) {
    const at = pick(entries.length)
    const strand = (entries[at]!.strand + 1 + pick(maxStrands)) % (maxStrands + 1)
    const seq = 1 + Math.max(0, ...entries.map((one) => (one.strand === strand ? one.seq : 0)))
    return { ...rest, entries: entries.with(at, { ...entries[at]!, strand, seq }) }
  },
  'cuts the end off a strand'({ entries, ...rest }) {
    const { strand, seq } = entries[pick(entries.length)]!
    return { ...rest, entries: entries.filter((one) => one.strand !== strand || one.seq < seq) }
  },
  'exchanges two strands'({ entries, ...rest }) {
    const { strand: one } = entries[pick(entries.length)]!
    const other = (one + 1 + pick(maxStrands)) % (maxStrands + 1)
    const exchanged = new Map([
      [one, other],
      [other, one],
    ])
    const moved = entries.map((each) => ({
      ...each,
      strand: exchanged.get(each.strand) ?? each.strand,
    }))
    return { ...rest, entries: moved }
  },
}

test('[23.1] verification finds 1,000 of 1,000 random edits, within strands and across', async (t) => {
  const contents = await givenContents()
  const verify = async (edited: Contents) =>
    (await verifyAuditLog({ store: tableOf(edited), root: testRoot }, [], () => {})).fault
  assert.equal(await verify(contents), undefined)
  const names = Object.keys(edits)
  let found = 0
  for (let round = 0; round < 1_000; round++) {
    const name = names[round % names.length]!
    const fault = await verify(edits[name]!(contents))
    assert.ok(fault, name)
    found++
  }
  t.diagnostic(`${found} of 1,000 edits found`)
})
