import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  array,
  assert as check,
  constantFrom,
  integer,
  nat,
  option,
  property,
  record,
  string,
} from 'fast-check'
import { Secret } from '../kernel/secret.ts'
import { beginningOf, chain, judgeEntry, type Draft, type Entry } from './chain.ts'

const key = new Secret(Buffer.alloc(32, 1).toString('base64url'))
const text = string({ unit: 'binary', maxLength: 8 })
const person = option(record({ personal: text, salt: string({ minLength: 1, maxLength: 8 }) }), {
  nil: { personal: null, salt: null },
})
const draft = record({
  at: nat(),
  type: text,
  userId: option(text),
  sessionId: option(text),
  facts: text,
  person,
}).map(({ person: one, ...rest }): Draft => ({ ...rest, ...one }))
const auditLog = array(draft, { minLength: 2, maxLength: 8 }).map((drafts) => [
  ...chain(key, beginningOf(0), drafts),
])

/** The place of the first entry that does not fit, and how it fails to; `undefined` when all fit. */
function firstFault(entries: readonly Entry[], under = key) {
  let previous = beginningOf(entries[0]?.strand ?? 0)
  for (const entry of entries) {
    const verdict = judgeEntry(under, previous, entry)
    if (verdict !== 'fits') return { seq: previous.seq + 1, verdict }
    previous = entry
  }
  return undefined
}

test('chained entries verify, in however many parts they were added', () => {
  check(
    property(auditLog, nat(7), (entries, at) => {
      assert.equal(firstFault(entries), undefined)
      const [before, after] = [entries.slice(0, at), entries.slice(at)]
      const last = before.at(-1) ?? beginningOf(0)
      assert.deepEqual([...before, ...chain(key, last, after.map(toDraft))], entries)
    }),
  )
})

test('[23.1] an entry of one strand verifies in no other, at its number or another', () => {
  check(
    property(auditLog, nat(15), integer({ min: 1, max: 15 }), nat(), (entries, from, by, which) => {
      const drafts = entries.map(toDraft)
      const to = (from + by) % 16
      const [own, other] = [from, to].map((one) => chain(key, beginningOf(one), drafts))
      const at = which % entries.length
      const moved = other!.with(at, { ...own![at]!, strand: to })
      assert.deepEqual(firstFault(moved), { seq: at + 1, verdict: 'changed' })
      assert.equal(firstFault(other!), undefined)
    }),
  )
})

test('without the key a chain cannot be continued', () => {
  const other = new Secret(Buffer.alloc(32, 2).toString('base64url'))
  check(
    property(auditLog, (entries) => {
      assert.deepEqual(firstFault(entries, other), { seq: 1, verdict: 'changed' })
    }),
  )
})

test('a change of one character in any column is detected, at its entry', () => {
  const column = constantFrom(
    'type',
    'userId',
    'sessionId',
    'facts',
    'commitment',
    'mac',
    'at',
    'seq',
  )
  check(
    property(
      auditLog,
      nat(),
      column,
      nat(),
      integer({ min: 1, max: 0xfffe }),
      (entries, which, name, where, by) => {
        const at = which % entries.length
        const edited = edit(entries[at]!, name, where, by)
        const fault = firstFault(entries.with(at, edited))
        assert.equal(fault?.seq, at + 1)
        if (name !== 'seq') assert.equal(fault?.verdict, 'changed')
      },
    ),
    { numRuns: 1000 },
  )
})

test('changed or half erased personal data is detected; erased completely, it is no fault', () => {
  const column = constantFrom('personal', 'salt')
  check(
    property(
      auditLog,
      nat(),
      column,
      nat(),
      integer({ min: 1, max: 0xfffe }),
      (entries, which, name, where, by) => {
        const at = which % entries.length
        const entry = entries[at]!
        const fault = { seq: at + 1, verdict: 'personal_data_changed' }
        assert.deepEqual(firstFault(entries.with(at, edit(entry, name, where, by))), fault)
        if (entry.personal !== null)
          assert.deepEqual(firstFault(entries.with(at, { ...entry, [name]: null })), fault)
        assert.equal(
          firstFault(entries.with(at, { ...entry, personal: null, salt: null })),
          undefined,
        )
      },
    ),
    { numRuns: 1000 },
  )
})

test('a removed, inserted or moved entry is detected, whether entries are renumbered or not', () => {
  check(
    property(auditLog, nat(), nat(), (entries, which, other) => {
      const at = which % (entries.length - 1)
      const out = entries.toSpliced(at, 1)
      assert.deepEqual(firstFault(out), { seq: at + 1, verdict: 'missing' })
      assert.deepEqual(firstFault(renumber(out)), { seq: at + 1, verdict: 'changed' })

      const copied = entries.toSpliced(at + 1, 0, entries[at]!)
      assert.deepEqual(firstFault(copied), { seq: at + 2, verdict: 'out_of_order' })
      assert.deepEqual(firstFault(renumber(copied)), { seq: at + 2, verdict: 'changed' })

      const to = (at + 1 + (other % (entries.length - 1))) % entries.length
      const swapped = entries.with(at, entries[to]!).with(to, entries[at]!)
      assert.equal(firstFault(swapped)?.seq, Math.min(at, to) + 1)
      assert.equal(firstFault(renumber(swapped))?.seq, Math.min(at, to) + 1)
    }),
    { numRuns: 500 },
  )
})

test('entries of another history under the same key, such as an old copy of the database, do not verify', () => {
  check(
    property(auditLog, auditLog, nat(), (one, other, which) => {
      const at = 1 + (which % (Math.min(one.length, other.length) - 1))
      const spliced = [...one.slice(0, at), ...other.slice(at)]
      const same = one[at - 1]!.mac === other[at - 1]!.mac
      const fault = { seq: at + 1, verdict: 'changed' }
      assert.deepEqual(firstFault(spliced), same ? undefined : fault)
    }),
  )
})

/** An entry with one character of a column moved by `by`; a column that is null becomes a text, a number grows. */
function edit(entry: Entry, name: string, where: number, by: number): Entry {
  const value = entry[name as keyof Entry]
  if (typeof value === 'number') return { ...entry, [name]: value + by }
  if (value === null || value === '') return { ...entry, [name]: String.fromCharCode(by) }
  const at = where % value.length
  const moved = String.fromCharCode((value.charCodeAt(at) + by) % 0xffff)
  return { ...entry, [name]: value.slice(0, at) + moved + value.slice(at + 1) }
}

function renumber(entries: readonly Entry[]): readonly Entry[] {
  return entries.map((entry, at) => ({ ...entry, seq: at + 1 }))
}

function toDraft({
  strand: _strand,
  seq: _seq,
  mac: _mac,
  commitment: _commitment,
  ...rest
}: Entry): Draft {
  return rest
}

test('the MAC of an entry stays what it was: stored audit logs must verify after an upgrade', () => {
  const one: Draft = {
    at: 1_800_000_000,
    type: 'login',
    userId: 'u_1',
    sessionId: 's_1',
    facts: '{"amr":["pwd"]}',
    personal: '{"address":"192.0.2.7"}',
    salt: 'salt',
  }
  const [entry] = chain(key, beginningOf(0), [one])
  assert.deepEqual(
    [entry?.commitment, entry?.mac],
    ['_YtnLROneVzmkf6-XH-caruK321gr9eCE81FV_-QgL8', 'qO38E9T6z9zWTUjKHpj83prTjO9tWz59mAM2jsRTjc0'],
  )
  const [inStrand] = chain(key, beginningOf(7), [one])
  assert.equal(inStrand?.mac, 'NvL1c2ZUBg72du8i5Ja_rdZMg--og4RuU3kwGjDEf8E')
})
