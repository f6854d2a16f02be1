import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import {
  array,
  assert as check,
  asyncProperty,
  boolean,
  constantFrom,
  integer,
  nat,
  record,
} from 'fast-check'
import { repetitions } from '@countersign/testing/proofs'
import { hashOf, Secret } from '../../domain/kernel/secret.ts'
import { readRefreshToken } from '../../domain/sessions/refresh-token.ts'
import type { SessionGrant } from '../../domain/sessions/session.ts'
import { policies } from './policies.fixture.ts'
import { sessionUser, type SessionUser } from './sessions.fixture.ts'
import { manyAtOnce } from './many-at-once.fixture.ts'
import { openHandles } from './handles.fixture.ts'
import type { Database } from '../store.ts'
import type { Store } from '../../domain/store.ts'

const { grace } = policies.sessions
const key = new Secret('an idempotency key, at random')

/** The contract of every store for sessions, races included, with so many handles on one database. */
export function sessionsContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the sessions contract: ${name}`, () => {
    const stores: Store[] = []
    let users: readonly SessionUser[]
    before(async () => {
      stores.push(...(await openHandles(await locate('sessions'), handles)))
      users = stores.map(sessionUser)
    })
    after(() => Promise.all(stores.map((one) => one.close())))
    const at = (index: number) => users[index % users.length]!

    test('a session shows itself by id, by user, and no more when it is over', async () => {
      const [{ sessions }] = stores as [Store]
      const { session, user } = await at(0).signIn()
      assert.deepEqual(await sessions.find(session.id), session)
      assert.deepEqual(await sessions.listAlive(user.id, 0), [session])
      assert.deepEqual(await sessions.listAlive(user.id, session.idleExpiresAt), [])
      assert.equal(await at(0).end(session.id, 5), true)
      assert.equal(await at(0).end(session.id, 6), false)
      assert.deepEqual(await sessions.listAlive(user.id, 0), [])
      const ended = { ...session, endedAt: 5, endReason: 'logout' }
      assert.deepEqual(await sessions.find(session.id), ended)
      assert.equal(await sessions.find('unknown'), undefined)
    })

    test('a rotation is written where nothing has happened since it was read, and nowhere else', async () => {
      const [{ sessions }] = stores as [Store]
      const { session } = await at(0).signIn()
      const row = { ...session, id: 'rotating', status: null }
      await at(0).add(row, { handle: 'rotating', secret: 'one' })
      const used = [{ hash: 'one', usedAt: 1, successor: 'encrypted' }]
      const use = { at: 1, idleExpiresAt: 9 }
      assert.equal(await sessions.advance(row.id, 'one', { current: 'two', used }, use), true)
      assert.equal(await sessions.advance(row.id, 'one', { current: 'three', used }, use), false)
      const found = await sessions.findByHandle('rotating')
      assert.deepEqual(found?.rotation, { current: 'two', used })
      assert.deepEqual(found?.session, { ...row, lastUsedAt: 1, idleExpiresAt: 9 })
      await at(0).end(row.id, 2)
      assert.equal(await sessions.advance(row.id, 'two', { current: 'three', used }, use), false)
      assert.equal((await sessions.findByHandle('rotating'))?.rotation.current, 'two')
    })

    test('all sessions of a user end but one, and those of others live on', async () => {
      const [{ sessions }] = stores as [Store]
      const [mine, other] = [await at(0).signIn(), await at(0).signIn()]
      const second = { ...mine.session, id: 'second', status: null }
      await at(0).add(second)
      assert.deepEqual(await at(0).endAll(mine.user.id, 1, 'second'), [mine.session.id])
      assert.deepEqual(await sessions.listAlive(mine.user.id, 1), [second])
      assert.deepEqual(await at(0).endAll(mine.user.id, 1), ['second'])
      assert.equal((await sessions.listAlive(other.user.id, 1)).length, 1)
    })

    test('pages list every session that is alive once, the newest first, with the name of its user', async () => {
      const [{ sessions }] = stores as [Store]
      const now = 1_000_000_000 // long after all others here are over
      const { session, user } = await at(0).signIn()
      for (let n = 0; n < 9; n++) {
        const times = {
          createdAt: now + n,
          expiresAt: now + 100 + (n >> 1),
          idleExpiresAt: now + 50,
        }
        await at(0).add({ ...session, ...times, id: `paged${n}`, status: null })
      }
      await at(0).end('paged4', now)
      const listed: string[] = []
      for (let page = await sessions.page({ now, limit: 3 }); page.length > 0;) {
        listed.push(...page.map(({ id }) => id))
        for (const { userName } of page) assert.equal(userName, user.name)
        page = await sessions.page({ now, limit: 3, after: page.at(-1) })
      }
      assert.deepEqual(
        listed,
        [8, 7, 6, 5, 3, 2, 1, 0].map((n) => `paged${n}`),
      )
      assert.deepEqual(
        [await sessions.countAlive(now, 99), await sessions.countAlive(now, 3)],
        [8, 3],
      )
      assert.equal(await sessions.countAlive(now + 50, 99), 0)
      const counts = await sessions.countAliveOf([user.id, 'unknown'], now)
      assert.deepEqual([...counts], [[user.id, (await sessions.listAlive(user.id, now)).length]])
      assert.deepEqual([...(await sessions.countAliveOf([], now))], [])
    })

    test('[18.34] what was over long ago is deleted, for want of use too, and nothing else', async () => {
      const [{ sessions }] = stores as [Store]
      const [alive, ended, expired] = [
        await at(0).signIn(),
        await at(0).signIn(),
        await at(0).signIn(),
      ]
      await at(0).end(ended.session.id, 50)
      await at(0).add({ ...expired.session, id: 'old', expiresAt: 50, status: null })
      await at(0).add({ ...expired.session, id: 'unused', idleExpiresAt: 50, status: null })
      await at(0).add({ ...expired.session, id: 'recent', idleExpiresAt: 51, status: null })
      await sessions.prune(51)
      const ids = [alive.session.id, 'recent', ended.session.id, 'old', 'unused']
      const left = await Promise.all(ids.map((id) => sessions.find(id)))
      assert.deepEqual(left.map(Boolean), [true, true, false, false, false])
    })

    test('[G38] a hundred refreshes of one token at once give one successor, round after round', async () => {
      const { signIn } = at(0)
      let token = (await signIn()).refreshToken
      for (let round = 0; round < repetitions({ short: 3, long: 100 }); round++) {
        const now = round * grace
        const all = await manyAtOnce(100, (index) => at(index).refresh(token, now))
        const answers = all.map((one) => one.refreshToken.reveal())
        assert.equal(new Set(answers).size, 1)
        assert.notEqual(answers[0], token.reveal())
        token = (await at(0).refresh(token, now)).refreshToken
      }
    })

    test('[G38] a used token that comes after the grace ends the session, every time', async () => {
      const { signIn, refresh } = at(0)
      await manyAtOnce(repetitions({ short: 40, long: 100 }), async (index) => {
        const { refreshToken: stolen } = await signIn()
        const { refreshToken: owners } = await refresh(stolen, 10)
        const race = [
          at(index).verdict(owners, 10 + grace),
          at(index + 1).verdict(stolen, 10 + grace),
        ]
        const [, thief] = await Promise.all(race)
        assert.match(thief!, /^refresh_token_reused$/)
        assert.equal(await at(index).verdict(owners, 11 + grace), 'session_ended')
        assert.equal(await at(index).verdict(stolen, 11 + grace), 'session_ended')
      })
    })

    test('[18.11] a hundred late repeats with the key at once give one successor, and one new status index', async () => {
      const [{ statusLists }] = stores as [Store]
      for (let round = 0; round < repetitions({ short: 3, long: 50 }); round++) {
        const { session, refreshToken } = await at(0).signIn()
        await at(0).refresh(refreshToken, 1, key) // the response is lost
        const changes = await statusLists.changes(0, 100_000)
        const late = 1 + grace
        const all = await manyAtOnce(100, (index) => at(index).refresh(refreshToken, late, key))
        assert.equal(new Set(all.map((one) => one.refreshToken.reveal())).size, 1)
        assert.equal(new Set(all.map((one) => JSON.stringify(one.session.status))).size, 1)
        assert.notDeepEqual(all[0]!.session.status, session.status)
        assert.equal((await statusLists.changes(0, 100_000)).length, changes.length + 1)
      }
    })

    test('[18.11] an owner with the key and a thief with the lost successor never both go on', async () => {
      await manyAtOnce(repetitions({ short: 30, long: 50 }), async (index) => {
        const { refreshToken } = await at(0).signIn()
        const { refreshToken: intercepted } = await at(0).refresh(refreshToken, 1, key)
        const [owner, thief] = [at(index), at(index + 1)]
        let now = 1 + grace
        const [owners, thiefs] = await Promise.allSettled([
          owner.refresh(refreshToken, now, key),
          thief.refresh(intercepted, now),
        ])
        now += grace
        const left = [owners, thiefs].flatMap((one) =>
          one.status === 'fulfilled' ? [one.value.refreshToken] : [],
        )
        const next = await Promise.all(left.map((one, who) => at(index + who).verdict(one, now)))
        assert.ok(
          new Set(left.map((one) => one.reveal())).size === 1 ||
            next.includes('refresh_token_reused'),
          `they hold the same token, or the session has ended: ${next.join()}`,
        )
        for (const used of [refreshToken, intercepted])
          assert.match(await thief.verdict(used, now + grace), /reused|session_ended/)
      })
    })

    test('[18.11] a token whose rotation a failover has lost is exchanged once, by a hundred at once', async () => {
      for (let round = 0; round < repetitions({ short: 3, long: 50 }); round++) {
        const { session, refreshToken } = await at(0).signIn()
        const { refreshToken: older } = await at(0).refresh(refreshToken, 1)
        const { refreshToken: lost } = await loseRotation(older, 50)
        const all = await manyAtOnce(100, (index) => at(index).refresh(lost, 100))
        const [next] = all
        assert.equal(new Set(all.map((one) => one.refreshToken.reveal())).size, 1)
        assert.equal(next!.session.id, session.id)
        assert.equal(await at(1).verdict(next!.refreshToken, 101), 'good')
        assert.equal(await at(round).verdict(older, 101), 'refresh_token_reused', 'the one before')
      }
    })

    test('[18.11] after a failover a thief with the used token, or an owner who comes second, ends the session', async () => {
      await manyAtOnce(repetitions({ short: 30, long: 50 }), async (index) => {
        const { refreshToken: copied } = await at(0).signIn()
        const { refreshToken: owners } = await loseRotation(copied, 1)
        const race = [at(index).verdict(copied, 20), at(index + 1).verdict(owners, 20)]
        assert.ok((await Promise.all(race)).includes('refresh_token_reused'))
        for (const token of [copied, owners])
          assert.equal(await at(index).verdict(token, 21), 'session_ended')
      })
    })

    /** Refreshes, and then puts back the row from before, as a standby that lags behind has it. */
    async function loseRotation(token: Secret, now: number): Promise<SessionGrant> {
      const [{ sessions }] = stores as [Store]
      const handle = hashOf(readRefreshToken(token)!.handle)
      const behind = (await sessions.findByHandle(handle))!
      const grant = await at(0).refresh(token, now)
      const { rotation } = (await sessions.findByHandle(handle))!
      const { id, lastUsedAt, idleExpiresAt } = behind.session
      const use = { at: lastUsedAt, idleExpiresAt }
      assert.ok(await sessions.advance(id, rotation.current, behind.rotation, use))
      return grant
    }

    test('[G39] signing out wins over every refresh in flight', async () => {
      for (let round = 0; round < repetitions({ short: 12, long: 100 }); round++) {
        const { session, refreshToken } = await at(0).signIn()
        const refreshes = Array.from({ length: 8 }, (_, index) =>
          at(index)
            .refresh(refreshToken, 1)
            .then((one) => one.refreshToken)
            .catch((error: { code: string }) => assert.equal(error.code, 'session_ended')),
        )
        const end = at(round).end(session.id, 1)
        const tokens = (await Promise.all([...refreshes, end])).filter(
          (one) => one instanceof Object,
        )
        for (const token of [refreshToken, ...(tokens as Secret[])])
          assert.equal(await at(round).verdict(token, 2), 'session_ended')
      }
    })

    test('in every order of events, the answers are those of docs/sessions.md', async () => {
      const kind = constantFrom(
        'refresh',
        'refresh',
        'refresh',
        'together',
        'wait',
        'look',
        'logout',
      )
      const times = integer({ min: 2, max: 6 })
      const seconds = integer({ min: 1, max: 7 })
      const event = record({ kind, who: nat(2), lost: boolean(), times, seconds })
      await check(asyncProperty(array(event, { minLength: 5, maxLength: 40 }), live), {
        numRuns: repetitions({ short: 20, long: 60 }),
      })
    })

    /** Lives through events at once on all stores, and keeps its own book of what each token is worth. */
    async function live(
      events: readonly {
        kind: string
        who: number
        lost: boolean
        times: number
        seconds: number
      }[],
    ) {
      const { session, refreshToken } = await at(0).signIn()
      const usedAt = new Map<string, number>()
      const hold = [refreshToken, refreshToken, refreshToken] // the client, its other tab, the thief
      let [current, now, ended] = [refreshToken.reveal(), 0, false]
      const wanted = (token: Secret) => {
        const used = usedAt.get(token.reveal())
        if (ended) return 'session_ended'
        return used !== undefined && now - used >= grace ? 'refresh_token_reused' : 'good'
      }
      const usedWithinGrace = () => [...usedAt.values()].filter((used) => now - used < grace).length
      for (const { kind, who, lost, times, seconds } of events) {
        if (kind === 'wait') now += seconds
        if (kind === 'look') hold[who] = hold[0]!
        if (kind === 'logout') ended = (await at(0).end(session.id, now)) || ended
        if (kind !== 'refresh' && kind !== 'together') continue
        const token = hold[who]!
        if (token.reveal() === current && usedWithinGrace() >= 16) continue
        const expected = wanted(token)
        const asked = Array.from({ length: kind === 'together' ? times : 1 }, (_, index) =>
          at(who + index)
            .refresh(token, now)
            .then(
              (one) => one.refreshToken,
              (error: { code: string }) => error.code,
            ),
        )
        const answers = await Promise.all(asked)
        if (expected === 'good') {
          const [next] = answers as [Secret]
          assert.equal(new Set(answers.map((one) => (one as Secret).reveal())).size, 1)
          if (token.reveal() === current) {
            usedAt.set(current, now)
            assert.notEqual(next.reveal(), current)
            current = next.reveal()
          }
          assert.equal(next.reveal(), current, 'every answer is the one good token')
          if (!lost) hold[who] = next
        } else {
          assert.ok(answers.includes(expected), `${answers.join()} holds no ${expected}`)
          ended = true
        }
      }
    }
  })
}
