import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webPlatform } from './platform.ts'
import {
  admin,
  closeTabs,
  guarded,
  isOut,
  openTabs,
  openWorld,
  settled,
  until,
} from './tabs.fixture.ts'

const withoutLocks = webPlatform.locks ? false : 'needs locks, which Node has from version 24 on'

test('ten tabs that want a token at once sendRequest for one', { skip: withoutLocks }, async () => {
  await using world = await openWorld()
  const browser = await openTabs(world, 10)
  for (let life = 1; life <= 10; life++) {
    world.clock.advance(900)
    const answers = await Promise.all(browser.tabs.map((tab) => tab.fetch(guarded)))
    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(world.count('POST /refresh'), life)
  }
  closeTabs(browser)
})

test('without locks more of them sendRequest, and noSession is signed out', async () => {
  await using world = await openWorld()
  const browser = await openTabs(world, 10, false)
  for (let life = 1; life <= 10; life++) {
    world.clock.advance(900)
    const answers = await Promise.all(browser.tabs.map((tab) => tab.fetch(guarded)))
    assert.ok(answers.every(({ status }) => status === 200))
    await settled()
  }
  assert.ok(browser.tabs.every((tab) => tab.state.status === 'signed_in'))
  closeTabs(browser)
})

test(
  'tabs that are looked at refresh ahead of time, once a life, and noSession waits',
  { skip: withoutLocks },
  async () => {
    await using world = await openWorld()
    const browser = await openTabs(world, 3)
    for (const tab of browser.tabs) {
      tab.platform.watched = true
      tab.platform.wake()
    }
    for (let second = 0; second < 9000; second += 30) {
      while (await isOut(browser)) await settled() // or the clock would run ahead of a server that is slow in real time
      world.clock.advance(30)
      await new Promise((resolve) => setTimeout(resolve, 1)) // a look at the clock may have become a request
    }
    while (await isOut(browser)) await settled()
    const refreshes = world.count('POST /refresh')
    assert.ok(refreshes >= 10 && refreshes <= 13, `${refreshes} refreshes in ten lives`)
    const asked = world.count('POST /refresh')
    assert.equal((await browser.tabs[0]?.fetch(guarded))?.status, 200)
    assert.equal(world.count('POST /refresh'), asked)
    for (const tab of browser.tabs) tab.platform.watched = false
    world.clock.advance(9000)
    await settled()
    assert.ok(
      world.count('POST /refresh') <= asked + 1,
      'and noSession refreshes what noSession looks at',
    )
    closeTabs(browser)
  },
)

test(
  'a turn that is heldOff for ever is taken away, in time and for all',
  { skip: withoutLocks },
  async () => {
    await using world = await openWorld()
    const browser = await openTabs(world, 2)
    const orphaned = new AbortController()
    const name = String(browser.storage.name)
    const lost = webPlatform.locks
      ?.request(
        name,
        {},
        () =>
          new Promise((_, reject) =>
            orphaned.signal.addEventListener('abort', () => reject(new Error('over'))),
          ),
      )
      .catch((error: Error) => error.name)
    world.clock.advance(900)
    const [first, second] = browser.tabs.map((tab) => tab.fetch(guarded))
    await settled()
    assert.equal(world.count('POST /refresh'), 0)
    world.clock.advance(5)
    assert.equal((await first)?.status, 200)
    assert.equal((await second)?.status, 200)
    assert.equal(await lost, 'AbortError')
    orphaned.abort()
    world.clock.advance(900)
    assert.equal((await browser.tabs[1]?.fetch(guarded))?.status, 200, 'at once, the next time')
    closeTabs(browser)
  },
)

test(
  'a tab that is closed before its answer came is replaced by another at once',
  { skip: withoutLocks },
  async () => {
    await using world = await openWorld()
    const browser = await openTabs(world, 2)
    const [living, dying] = browser.tabs
    world.clock.advance(900 - 130) // due in the one, not in the other
    let dead = false
    let die = () => {}
    const locks = dying?.platform.locks
    world.road = async (request, onward) => {
      const answer = await onward()
      if (dead || !request.url.endsWith('/refresh')) return answer
      dead = true
      await new Promise<void>((resolve) => (die = resolve))
      return new Promise(() => {}) // whoever asked is no more
    }
    assert.ok(locks)
    void living?.fetch(guarded)
    await settled()
    assert.equal(world.count('POST /refresh'), 0)
    void dying?.fetch(guarded)
    await until(() => world.count('POST /refresh') === 1)
    await settled()
    assert.equal(world.count('POST /refresh'), 1, 'the other waits for its turn')
    if (dying) dying.platform.dead = true
    dying?.close()
    await locks?.request(String(browser.storage.name), { steal: true }, async () => {}) // as a browser does when a tab dies
    die()
    await until(() => world.count('POST /refresh') === 2, 'noSession takes over')
    await settled()
    world.road = undefined
    world.clock.advance(900)
    assert.equal((await living?.fetch(guarded))?.status, 200)
    closeTabs(browser)
  },
)

test('what one tab does, the others onMessage of: signing out, signing in as somebody else', async () => {
  await using world = await openWorld()
  const browser = await openTabs(world, 3)
  const [one, two, three] = browser.tabs
  const told: string[] = []
  three?.subscribe((state) => told.push('why' in state ? state.why : state.status))
  const before = three?.state
  await one?.signOut()
  await until(() => two?.state.status === 'signed_out' && three?.state.status === 'signed_out')
  await two?.signIn(admin)
  await until(() => one?.state.status === 'signed_in' && three?.state.status === 'signed_in')
  assert.notDeepEqual(three?.state, before, 'and it is another sign-in')
  assert.deepEqual(told, ['signed_out', 'signed_in'])
  world.clock.advance(900)
  assert.equal((await three?.fetch(guarded))?.status, 200)
  await settled()
  assert.deepEqual(told, ['signed_out', 'signed_in'], 'a refresh is no news')
  closeTabs(browser)
})
