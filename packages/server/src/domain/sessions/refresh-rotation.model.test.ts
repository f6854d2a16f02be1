// Every order of events that two clients, a thief, lost answers, crashes and a failover can come in, within small bounds: docs/sessions.md
// states the invariants that are checked here by number.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { repetitions } from '@countersign/testing/proofs'
import { advance, advanceFrom, judge, type Rotation, type Verdict } from './refresh-rotation.ts'
import {
  aSecondLater,
  end,
  failedOver,
  grace,
  hash,
  numberOf,
  put,
  sessionOf,
  type Actor,
  type World,
} from './rotation-world.fixture.ts'

/** The bounds of a search. */
interface Bounds {
  readonly lastToken: number
  /** The others who copy the client's storage: a second tab, or a thief. */
  readonly others: readonly number[]
  readonly failover: boolean
}

/** All worlds that one event leads to. */
function* next(world: World, bounds: Bounds): Generator<World> {
  if (!world.ended) {
    yield aSecondLater(world)
    yield end(world) // signing out
    if (world.first === 0) yield* passwordChanged(world, bounds)
    if (bounds.failover && world.standby && !world.hasFailedOver)
      yield failedOver(world, world.standby)
    const [{ holds, key }] = world.actors
    for (const index of bounds.others) yield put(world, index, { holds, key }) // a second tab looks into the storage; a thief too
  }
  for (const [index, actor] of world.actors.entries()) {
    if (actor.request) {
      yield put(world, index, { request: null }) // a crash of the client, or of the server before it wrote
      yield* written(world, index, actor.request, bounds)
    } else if (actor.holds !== null) {
      const own = actor.key ?? `${index}/${actor.holds}` // at random; stored before the request is sent
      const started = put({ ...world, isAlone: world.isAlone && index === 0 }, index, { key: own })
      yield* read(started, index, actor.holds, own)
    }
  }
}

/** The one client changes the password, and gets a token of a new handle; or the answer gets lost. */
function* passwordChanged(world: World, { lastToken }: Bounds): Generator<World> {
  const fresh = world.tokens.length
  if (fresh > lastToken) return
  const tokens = [...world.tokens, { parent: null, use: null }]
  const rotation = { current: hash(fresh), used: [] }
  yield* answered({ ...world, rotation, first: fresh, tokens, standby: null }, 0, hash(fresh))
}

/** The right verdict, by what really happened. */
function rightVerdict({ tokens, rotation }: World, token: number, key: string): Verdict {
  const current = numberOf(rotation.current)
  const { parent, use } = tokens[token]!
  if (token === current) return 'rotate'
  if (use && use.at > -grace) return 'repeat'
  if (use && use.key === key && use.to === current) return 'rotate_unanswered'
  return !use && parent === current ? 'rotate_not_stored' : 'stolen'
}

function verdictOf(world: World, seen: Rotation, token: number, key: string): Verdict {
  const isGenuineSuccessor = world.tokens[token]!.parent === numberOf(seen.current)
  const presented = { hash: hash(token), keyHash: key, isGenuineSuccessor }
  return judge(sessionOf(world), seen, presented, 0, grace)
}

/** The server reads the session and judges. */
function* read(world: World, index: number, token: number, key: string): Generator<World> {
  const { rotation } = world
  if (token < world.first) return // 7: a token from before a password change is of no session
  const verdict = verdictOf(world, rotation, token, key)
  assert.equal(verdict === 'ended', world.ended, '4: what has ended stays so')
  if (verdict === 'ended') return
  assert.equal(
    verdict,
    rightVerdict(world, token, key),
    '1, 2, 3, 8: used once, repeated, or stolen',
  )
  assert.ok(verdict !== 'stolen' || !world.isAlone, '9: a client alone is never taken for a thief')
  if (verdict === 'repeat') yield* answered(world, index, newest(rotation, token))
  else yield put(world, index, { request: { token, key, seen: rotation } })
}

/** The server writes what it has judged, where the session is still as it was read; else it reads again. */
function* written(
  world: World,
  index: number,
  request: NonNullable<Actor['request']>,
  { lastToken }: Bounds,
): Generator<World> {
  const { token, key, seen } = request
  const free = put(world, index, { request: null })
  const verdict = verdictOf({ ...world, ended: false }, seen, token, key)
  if (verdict === 'stolen') yield world.ended || token < world.first ? free : end(free)
  else if (world.ended || world.rotation.current !== seen.current)
    yield* read(free, index, token, key)
  else if (world.tokens.length <= lastToken)
    yield* answered(rotated(free, verdict, request), index, hash(world.tokens.length))
}

/** The world after a rotation was written. */
function rotated(
  world: World,
  verdict: Verdict,
  { token, key, seen }: NonNullable<Actor['request']>,
): World {
  assert.ok(!world.ended, '4: what has ended stays so')
  const { tokens } = world
  const to = tokens.length
  const keyed = { hash: hash(to), ciphertext: hash(to), keyHash: key }
  const isUnanswered = verdict === 'rotate_unanswered'
  const exchanged = isUnanswered ? numberOf(seen.current) : token
  assert.equal(tokens[exchanged]!.use, null, '1: a token is used once')
  const rotation =
    verdict === 'rotate' ? advance(seen, keyed, 0, grace) : advanceFrom(hash(token), keyed, 0)
  const uses = new Map([[token, { at: 0, key, to }]]) // a later repeat is still the client's; the successor of an unanswered one has no owner
  const isForgotten = verdict === 'rotate_not_stored' // the standby does not know who used the tokens before
  const older = tokens.map((one, at) => ({
    ...one,
    use: uses.get(at) ?? (isForgotten ? null : one.use),
  }))
  const standby = { rotation: world.rotation, tokens }
  return { ...world, rotation, standby, tokens: [...older, { parent: exchanged, use: null }] }
}

/** The answer arrives, or gets lost. */
function* answered(world: World, index: number, text: string): Generator<World> {
  assert.equal(text, world.rotation.current, '5: every answer is the one good token')
  yield world
  yield put(world, index, { holds: numberOf(text), key: null })
}

function newest({ current, used }: Rotation, token: number): string {
  let text = hash(token)
  while (text !== current) {
    const step = used.find((one) => one.hash === text)
    assert.ok(step, '6: a retry always finds its way to the newest token')
    text = step.successor
  }
  return text
}

/** Visits every world that events lead to, and returns how many there are. */
function visitAll(bounds: Bounds): number {
  const client: Actor = { holds: 0, key: null, request: null }
  const start: World = {
    ended: false,
    rotation: { current: hash(0), used: [] },
    first: 0,
    tokens: [{ parent: null, use: null }],
    standby: null,
    hasFailedOver: false,
    isAlone: true,
    actors: [client, client, { holds: null, key: null, request: null }],
  }
  const seen = new Set([JSON.stringify(start)])
  const queue = [start]
  for (let world = queue.pop(); world; world = queue.pop()) {
    for (const after of next(world, bounds)) {
      if (after.ended) {
        for (const left of next(after, bounds)) assert.ok(left.ended, '4: what has ended stays so')
        continue // only the requests under way are left, and they get nothing
      }
      const key = JSON.stringify(after)
      if (seen.has(key)) continue
      seen.add(key)
      queue.push(after)
    }
  }
  return seen.size
}

test('[18.11] in no order of events is an honest client signed out, or a late token accepted', () => {
  const lastToken = repetitions({ short: 2, long: 3 })
  const worlds = visitAll({ lastToken, others: [1], failover: true })
  assert.ok(worlds > repetitions({ short: 20_000, long: 200_000 }), `${worlds} worlds`)
})

test('[18.11] nor with a second tab and a thief at once', () => {
  const lastToken = repetitions({ short: 1, long: 2 })
  const worlds = visitAll({ lastToken, others: [1, 2], failover: false })
  assert.ok(worlds > repetitions({ short: 10_000, long: 500_000 }), `${worlds} worlds`)
})
