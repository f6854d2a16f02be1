// The bounds of the Python package: how long a list is used, what an older or a replayed message can do, and what is refused then.
import { askPython, pythonLacks } from '@countersign/testing/python'
import { generateKey, toJwks } from '@countersign/token'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { change, issuer, key, list, now, program, signerAt, uri } from './bounds.fixture.ts'

type Step = readonly ['to' | 'serve' | 'tick' | 'event' | 'ask', unknown]
interface Story {
  readonly name: string
  readonly max_stale?: number
  readonly steps: readonly Step[]
  readonly seen: readonly unknown[]
  readonly loads?: number
}

const two = ['ask', [1, 2]] as const
const fresh = list({ seq: 5 }, 1)

const stories: readonly Story[] = [
  {
    name: 'a list that was never loaded is unknown, and the issuer is not asked again at once',
    steps: [two, two, two],
    seen: [
      ['unknown', 'unknown'],
      ['unknown', 'unknown'],
      ['unknown', 'unknown'],
    ],
    loads: 1,
  },
  {
    name: 'a list is used for its ttl and no longer; a known revocation stays one',
    steps: [['serve', fresh], two, ['serve', null], ['to', 299], two, ['to', 301], two],
    seen: [
      ['revoked', 'good'],
      ['revoked', 'good'],
      ['revoked', 'unknown'],
    ],
  },
  {
    name: 'max_stale is the limit in place of the ttl',
    max_stale: 10,
    steps: [['serve', fresh], two, ['serve', null], ['to', 9], two, ['to', 11], two],
    seen: [
      ['revoked', 'good'],
      ['revoked', 'good'],
      ['revoked', 'unknown'],
    ],
  },
  {
    name: 'it is polled twice within that time',
    max_stale: 10,
    steps: [['serve', fresh], two, ['to', 4], ['tick', 0], ['to', 6], ['tick', 0], ['tick', 0]],
    seen: [['revoked', 'good']],
    loads: 2,
  },
  {
    name: 'a copy that was signed long ago confirms nothing since',
    steps: [
      ['serve', list({ at: -200, seq: 5 })],
      two,
      ['serve', null],
      ['to', 104],
      two,
      ['to', 106],
      two,
    ],
    seen: [
      ['good', 'good'],
      ['good', 'good'],
      ['unknown', 'unknown'],
    ],
  },
  {
    name: 'no copy is used beyond its own expiry',
    steps: [
      ['serve', list({ seq: 5, lifetime: 60 })],
      two,
      ['serve', null],
      ['to', 64],
      two,
      ['to', 66],
      two,
    ],
    seen: [
      ['good', 'good'],
      ['good', 'good'],
      ['unknown', 'unknown'],
    ],
  },
  {
    name: 'an older copy undoes no revocation',
    steps: [
      ['serve', fresh],
      two,
      ['serve', list({ at: -60, seq: 4 }, 2)],
      ['to', 200],
      ['tick', 0],
      two,
    ],
    seen: [
      ['revoked', 'good'],
      ['revoked', 'revoked'],
    ],
  },
  {
    name: 'a newer copy of a shorter history undoes none either, and counts from then on',
    steps: [
      ['serve', fresh],
      two,
      ['to', 200],
      ['serve', list({ at: 200, seq: 2 }, 2)],
      ['tick', 0],
      two,
      ['to', 450],
      ['ask', [3, 1]],
    ],
    seen: [
      ['revoked', 'good'],
      ['revoked', 'revoked'],
      ['good', 'revoked'],
    ],
  },
  {
    name: 'an event of the feed sets bits, and confirms the list',
    steps: [
      ['serve', fresh],
      two,
      ['serve', null],
      ['to', 250],
      ['event', change({ at: 250, after: 5, seq: 6 }, 2)],
      ['to', 500],
      ['ask', [3, 2]],
      ['to', 551],
      ['ask', [3, 2]],
    ],
    seen: [['revoked', 'good'], 'applied', ['good', 'revoked'], ['unknown', 'revoked']],
  },
  {
    name: 'an event after a gap is true, confirms nothing, and has the list loaded',
    steps: [
      ['serve', fresh],
      two,
      ['event', change({ after: 7, seq: 8 }, 2)],
      two,
      ['serve', list({ at: 2, seq: 8 }, 1, 2, 3)],
      ['to', 2],
      ['tick', 0],
      ['ask', [3, 4]],
    ],
    seen: [['revoked', 'good'], 'gap', ['revoked', 'revoked'], ['revoked', 'good']],
    loads: 2,
  },
  {
    name: 'a replayed, an expired, a malformed or a foreign event is refused, and confirms nothing',
    steps: [
      ['serve', fresh],
      two,
      ['serve', null],
      ['to', 100],
      ['event', change({ at: 100, after: 5, seq: 5 })],
      ['event', change({ at: 90, after: 5, seq: 6, lifetime: 900 }, 2)],
      ['event', change({ at: 60, after: 5, seq: 6 }, 2)],
      ['event', fresh],
      [
        'event',
        signerAt(100, generateKey('ES256')).change({
          uri,
          after: 5,
          seq: 6,
          indexes: [2],
          lifetime: 15,
        }),
      ],
      [
        'event',
        signerAt(100).change({ uri: `${uri}1`, after: 5, seq: 6, indexes: [2], lifetime: 15 }),
      ],
      two,
    ],
    seen: [
      ['revoked', 'good'],
      'applied',
      'token_invalid',
      'token_expired',
      'token_invalid',
      'token_invalid',
      'token_invalid',
      ['revoked', 'good'],
    ],
  },
]

test(
  '[H63] the Python package fails closed: no list is used for longer than it is confirmed, and nothing undoes a revocation',
  { skip: pythonLacks('python3-jwt', 'python3-cryptography') },
  async () => {
    const asked = stories.map(({ steps, max_stale: maxStale = null }) => ({
      steps,
      max_stale: maxStale,
    }))
    const answers = await askPython<readonly Pick<Story, 'seen' | 'loads'>[]>(program, {
      issuer,
      uri,
      now,
      jwks: toJwks([key]),
      stories: asked,
    })
    for (const [at, { name, seen, loads }] of stories.entries()) {
      assert.deepEqual(answers[at]?.seen, seen, name)
      if (loads !== undefined) assert.equal(answers[at]?.loads, loads, name)
    }
  },
)
