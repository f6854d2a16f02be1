// Every order of events that two clients, a thief, lost answers and crashes can come in, within small bounds: docs/sessions.md
// states the invariants that are checked here by number.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { advance, judge, type Rotation } from './refresh-rotation.ts'
import type { Session } from './session.ts'

const grace = 2 // seconds
const lastSecond = 3
const lastToken = 3

/** One who holds a token: the one client, the other, or the thief. */
interface Actor {
  /** The number of a token; null: none yet. */
  readonly holds: number | null
  /** A request of theirs that the server has read the session for, and not answered yet. */
  readonly request: { readonly token: number; readonly seen: Rotation } | null
}

interface World {
  readonly now: number
  readonly ended: boolean
  readonly rotation: Rotation
  /** The number of the first token of the current handle: a password change gives the session another one. */
  readonly first: number
  /** What really happened: when each token was used, by its number. */
  readonly usedAt: readonly number[]
  readonly actors: readonly [Actor, Actor, Actor]
}

const hash = (token: number) => `t${token}`
const numberOf = (text: string) => Number(text.slice(1))
const sessionOf = ({ ended }: World): Session => ({
  id: 's',
  userId: 'u',
  createdAt: 0,
  lastUsedAt: 0,
  authenticatedAt: 0,
  amr: [],
  userAgent: null,
  address: null,
  idleExpiresAt: 100,
  expiresAt: 100,
  endedAt: ended ? 0 : null,
  endReason: ended ? 'logout' : null,
  status: null,
})

const put = (world: World, index: number, change: Partial<Actor>): World => {
  const actors = world.actors.map((one, at) => (at === index ? { ...one, ...change } : one))
  return { ...world, actors: actors as unknown as World['actors'] }
}

/** All worlds that one event leads to. */
function* next(world: World): Generator<World> {
  if (world.now < lastSecond) yield { ...world, now: world.now + 1 }
  if (!world.ended) yield { ...world, ended: true } // signing out
  if (!world.ended && world.first === 0) yield* passwordChanged(world)
  for (const index of [1, 2]) yield put(world, index, { holds: world.actors[0].holds }) // a second tab looks into the storage; a thief too
  for (const [index, { holds, request }] of world.actors.entries()) {
    if (request) {
      yield put(world, index, { request: null }) // a crash of the client, or of the server before it wrote
      yield* written(world, index, request)
    } else if (holds !== null) yield* read(world, index, holds)
  }
}

/** The one client changes the password, and gets a token of a new handle; or the answer gets lost. */
function* passwordChanged(world: World): Generator<World> {
  const fresh = world.usedAt.length + 1
  if (fresh > lastToken) return
  const usedAt = [...world.usedAt, -1] // never used, and useless from now on
  const rotation = { current: hash(fresh), used: [] }
  yield* answered({ ...world, rotation, first: fresh, usedAt }, 0, hash(fresh))
}

/** The server reads the session and judges. */
function* read(world: World, index: number, token: number): Generator<World> {
  const { now, rotation, usedAt } = world
  if (token < world.first) return // 7: a token from before a password change is of no session
  const verdict = judge(sessionOf(world), rotation, hash(token), now, grace)
  const used = usedAt[token]
  const late = used !== undefined && now - used >= grace
  assert.equal(verdict === 'ended', world.ended, '4: what has ended stays so')
  if (verdict === 'ended') return
  assert.equal(verdict === 'rotate', used === undefined, '1: a token is used once')
  assert.equal(verdict === 'repeat', used !== undefined && !late, '2: in time, it is a retry')
  assert.equal(verdict === 'stolen', late, '3: too late, it is theft, and nothing else is')
  if (verdict === 'repeat') yield* answered(world, index, newest(rotation, token))
  else yield put(world, index, { request: { token, seen: rotation } })
}

/** The server writes what it has judged, where the session is still as it was read; else it reads again. */
function* written(world: World, index: number, { token, seen }: NonNullable<Actor['request']>) {
  const verdict = judge(sessionOf({ ...world, ended: false }), seen, hash(token), world.now, grace)
  const free = put(world, index, { request: null })
  if (verdict === 'stolen')
    yield world.ended || token < world.first ? free : { ...free, ended: true }
  else if (world.ended || world.rotation.current !== seen.current) yield* read(free, index, token)
  else if (token < lastToken) {
    assert.ok(!world.ended, '4: what has ended stays so')
    const fresh = token + 1
    const rotation = advance(seen, { hash: hash(fresh), ciphertext: hash(fresh) }, world.now, grace)
    yield* answered({ ...free, rotation, usedAt: [...world.usedAt, world.now] }, index, hash(fresh))
  }
}

/** The answer arrives, or gets lost. */
function* answered(world: World, index: number, text: string): Generator<World> {
  assert.equal(text, world.rotation.current, '5: every answer is the one good token')
  yield world
  yield put(world, index, { holds: numberOf(text) })
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

test('in no order of events is an honest client signed out, or a late token accepted', () => {
  const client: Actor = { holds: 0, request: null }
  const start: World = {
    now: 0,
    ended: false,
    rotation: { current: hash(0), used: [] },
    first: 0,
    usedAt: [],
    actors: [client, client, { holds: null, request: null }],
  }
  const seen = new Set([JSON.stringify(start)])
  const queue = [start]
  let events = 0
  for (let world = queue.pop(); world; world = queue.pop()) {
    for (const after of next(world)) {
      events++
      const key = JSON.stringify(after)
      if (seen.has(key)) continue
      seen.add(key)
      queue.push(after)
    }
  }
  assert.ok(seen.size > 100_000 && events > 1_000_000, `${seen.size} worlds, ${events} events`)
})
