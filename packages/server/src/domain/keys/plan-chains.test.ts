import type { PublicAlgorithm } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  activate,
  active,
  day,
  end,
  hour,
  introduce,
  key,
  next,
  policy,
  publicJwk,
  revoke,
} from './plan-rotation.fixture.ts'
import {
  afterStep,
  planEarlyRotation,
  planReplacement,
  planRotation,
  type KeyPolicy,
  type KeyStep,
} from './plan-rotation.ts'
import { signingKeysOf, type KeyRing } from './signing-key.ts'

const rs = { algorithm: 'RS256' as const }
const both: Partial<KeyPolicy> = { algorithms: ['ES256', 'RS256'] }
const moved: Partial<KeyPolicy> = { algorithms: ['RS256'] }

test('a chain of another algorithm begins, rotates and ends without a change of the others', () => {
  const now = 100 * day
  const good = [active, next]
  const [first, second] = [key('rs', 40, 130, rs), key('rs2', 130, null, rs)]
  const young = { ...second, createdAt: now - hour + 1 }
  const alone = [active, { ...first, retiredAt: null }]
  const begins = { ...second, createdAt: now - hour, activatedAt: now - hour + 2 * day }
  const rows: readonly (readonly [string, KeyRing, Partial<KeyPolicy>, KeyStep[]])[] = [
    ['it is published for the lead', good, both, [introduce(now + 2 * day, 'RS256')]],
    ['and then waits', [...good, begins], both, []],
    [
      'its next key is a period ahead',
      [...good, { ...first, retiredAt: null }],
      both,
      [introduce(130 * day, 'RS256')],
    ],
    [
      'a chain that is no setting any more ends in an hour',
      [...good, first, second],
      {},
      [revoke('rs2'), end('rs', now + hour)],
    ],
    ['also without a next key', [next, ...alone], {}, [end('rs', now + hour)]],
    ['but not in the hour after another server continued it', [...good, first, young], {}, []],
    ['nor twice', [...good, { ...first, retiredAt: now + hour }], {}, []],
    [
      'a server that needs it continues it before the end',
      [...good, { ...first, retiredAt: now + 60 }],
      both,
      [introduce(130 * day, 'RS256')],
    ],
    [
      'a chain that ended begins again as a new one does',
      [...good, { ...first, retiredAt: now - day }],
      both,
      [introduce(now + 2 * day, 'RS256')],
    ],
    [
      'one that has not begun is left, because a server may just have added it',
      [...good, { ...begins, createdAt: now - 2 * hour }],
      {},
      [],
    ],
    ['the default chain signs on until the next default one does', [...good, begins], moved, []],
    [
      'and for an hour more',
      [active, next, first, second],
      moved,
      [revoke('next'), end('active', now + hour, 'ES256')],
    ],
    [
      'nor does a clock that is behind end it',
      [
        active,
        next,
        key('late', 100, null, { ...rs, activatedAt: now + 60, createdAt: now - 2 * day }),
      ],
      moved,
      [introduce(190 * day + 60, 'RS256')],
    ],
  ]
  for (const [what, before, change, steps] of rows)
    assert.deepEqual(planRotation(before, now, { ...policy, ...change }), steps, what)
  const used = planRotation([...good, first, second], now, policy, ['RS256'])
  assert.deepEqual(used, [], 'a resource still needs it')
})

test('steps of one chain change no key of another', () => {
  const now = 100 * day
  const [first, second] = [key('rs', 40, 130, rs), key('rs2', 130, null, rs)]
  const all = [active, next, first, second]
  const fresh = (algorithm: PublicAlgorithm) => ({
    id: 'fresh',
    algorithm,
    publicJwk,
    encrypted: 'encrypted',
  })
  const after = (...steps: KeyStep[]) =>
    steps.reduce<KeyRing>((keys, step) => afterStep(keys, step, now, fresh), all)
  for (const changed of [
    after(introduce(220 * day, 'RS256')),
    after(activate('rs2', now)),
    after(revoke('rs2')),
    after(end('rs', now + hour)),
    after(...planReplacement(all, 'RS256', now)),
    after(...planEarlyRotation(all, 'RS256', now, policy)),
  ])
    assert.deepEqual(changed.slice(0, 2), [active, next])
})

test('what begins after the end of a chain does not prolong it', () => {
  const now = 100 * day
  const ended = key('rs', 40, 99, rs)
  const fresh = () => ({ id: 'fresh', ...rs, publicJwk, encrypted: 'encrypted' })
  const begun = afterStep([ended], introduce(102 * day, 'RS256'), now, fresh)
  for (const step of [activate('fresh', 101 * day), revoke('fresh')])
    assert.deepEqual(afterStep(begun, step, now, fresh)[0], ended)
})

test('the key that signs, by algorithm', () => {
  const [first, second] = [key('rs', 100, 190, rs), key('rs2', 190, null, rs)]
  const all = [active, next, first, second]
  const signs = (keys: KeyRing, at: number, algorithms: PublicAlgorithm[], one?: PublicAlgorithm) =>
    signingKeysOf(keys, algorithms)(at, one)?.id
  const now = 110 * day
  assert.equal(signs(all, now, ['ES256', 'RS256']), 'active')
  assert.equal(signs(all, now, ['RS256', 'ES256']), 'rs')
  assert.equal(signs(all, now, ['ES256', 'RS256'], 'RS256'), 'rs')
  assert.equal(signs(all, now, ['ES256'], 'RS256'), 'rs', 'on a server with other settings too')
  assert.equal(signs(all, 99 * day, ['ES256', 'RS256'], 'RS256'), 'active', 'it has not begun')
  assert.equal(signs(all, 99 * day, ['RS256']), 'active', 'the default one neither')
  const third = key('ed', 0, null, { algorithm: 'EdDSA' })
  assert.equal(signs([third, ...all], 99 * day, ['RS256', 'EdDSA']), 'active', 'as it was before')
  assert.equal(signs([key('only', 100, null)], 99 * day, ['ES256']), 'only', 'a clock far behind')
  assert.equal(signs([], now, ['ES256']), undefined)
})
