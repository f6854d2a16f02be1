import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webPlatform } from './platform.ts'
import {
  admin,
  closeTabs,
  protectedUrl,
  isRefreshPending,
  openTabs,
  openBackend,
  settle,
  waitUntil,
} from './tabs.fixture.ts'

const withoutLocks = webPlatform.locks ? false : 'needs locks, which Node has from version 24 on'

test(
  'ten tabs that need a token at the same time send one refresh',
  { skip: withoutLocks },
  async () => {
    await using backend = await openBackend()
    const browser = await openTabs(backend, 10)
    for (let lifetime = 1; lifetime <= 10; lifetime++) {
      backend.clock.advance(900)
      const answers = await Promise.all(browser.tabs.map((tab) => tab.fetch(protectedUrl)))
      assert.ok(answers.every(({ status }) => status === 200))
      assert.equal(backend.count('POST /refresh'), lifetime)
    }
    closeTabs(browser)
  },
)

test('without locks several tabs refresh, and no user is signed out', async () => {
  await using backend = await openBackend()
  const browser = await openTabs(backend, 10, false)
  for (let lifetime = 1; lifetime <= 10; lifetime++) {
    backend.clock.advance(900)
    const answers = await Promise.all(browser.tabs.map((tab) => tab.fetch(protectedUrl)))
    assert.ok(answers.every(({ status }) => status === 200))
    await settle()
  }
  assert.ok(browser.tabs.every((tab) => tab.state.status === 'signed_in'))
  closeTabs(browser)
})

test(
  'visible tabs refresh proactively, once per token lifetime, and no request waits',
  { skip: withoutLocks },
  async () => {
    await using backend = await openBackend()
    const browser = await openTabs(backend, 3)
    for (const tab of browser.tabs) {
      tab.platform.visible = true
      tab.platform.activate()
    }
    for (let second = 0; second < 9000; second += 30) {
      while (await isRefreshPending(browser)) await settle() // otherwise the clock runs ahead of a server that is slow in real time
      backend.clock.advance(30)
      await new Promise((resolve) => setTimeout(resolve, 1)) // a check may have sent a refresh
    }
    while (await isRefreshPending(browser)) await settle()
    const refreshes = backend.count('POST /refresh')
    assert.ok(refreshes >= 10 && refreshes <= 13, `${refreshes} refreshes in ten token lifetimes`)
    const before = backend.count('POST /refresh')
    assert.equal((await browser.tabs[0]?.fetch(protectedUrl))?.status, 200)
    assert.equal(backend.count('POST /refresh'), before)
    for (const tab of browser.tabs) tab.platform.visible = false
    backend.clock.advance(9000)
    await settle()
    assert.ok(
      backend.count('POST /refresh') <= before + 1,
      'hidden tabs do not refresh proactively',
    )
    closeTabs(browser)
  },
)

test(
  'a lock that is never released is stolen, in time and for all tabs',
  { skip: withoutLocks },
  async () => {
    await using backend = await openBackend()
    const browser = await openTabs(backend, 2)
    const orphaned = new AbortController()
    const name = String(browser.storage.name)
    const lost = webPlatform.locks
      ?.request(
        name,
        {},
        () =>
          new Promise((_, reject) =>
            orphaned.signal.addEventListener('abort', () => reject(new Error('released'))),
          ),
      )
      .catch((error: Error) => error.name)
    backend.clock.advance(900)
    const [first, second] = browser.tabs.map((tab) => tab.fetch(protectedUrl))
    await settle()
    assert.equal(backend.count('POST /refresh'), 0)
    backend.clock.advance(5)
    assert.equal((await first)?.status, 200)
    assert.equal((await second)?.status, 200)
    assert.equal(await lost, 'AbortError')
    orphaned.abort()
    backend.clock.advance(900)
    assert.equal(
      (await browser.tabs[1]?.fetch(protectedUrl))?.status,
      200,
      'without waiting, the next time',
    )
    closeTabs(browser)
  },
)

test(
  'when a tab is closed during a refresh, another tab takes over at once',
  { skip: withoutLocks },
  async () => {
    await using backend = await openBackend()
    const browser = await openTabs(backend, 2)
    const [living, dying] = browser.tabs
    backend.clock.advance(900 - 130) // due in one tab, not in the other
    let dead = false
    let die = () => {}
    const locks = dying?.platform.locks
    backend.intercept = async (request, forward) => {
      const answer = await forward()
      if (dead || !request.url.endsWith('/refresh')) return answer
      dead = true
      await new Promise<void>((resolve) => (die = resolve))
      return new Promise(() => {}) // the tab that sent it is closed
    }
    assert.ok(locks)
    void living?.fetch(protectedUrl)
    await settle()
    assert.equal(backend.count('POST /refresh'), 0)
    void dying?.fetch(protectedUrl)
    await waitUntil(() => backend.count('POST /refresh') === 1)
    await settle()
    assert.equal(backend.count('POST /refresh'), 1, 'the other tab waits for the lock')
    if (dying) dying.platform.dead = true
    dying?.close()
    await locks?.request(String(browser.storage.name), { steal: true }, async () => {}) // as a browser does when a tab dies
    die()
    await waitUntil(() => backend.count('POST /refresh') === 2, 'no tab took over')
    await settle()
    backend.intercept = undefined
    backend.clock.advance(900)
    assert.equal((await living?.fetch(protectedUrl))?.status, 200)
    closeTabs(browser)
  },
)

test('a sign-out or a new sign-in in one tab is reported in the others', async () => {
  await using backend = await openBackend()
  const browser = await openTabs(backend, 3)
  const [one, two, three] = browser.tabs
  const states: string[] = []
  three?.subscribe((state) => states.push('reason' in state ? state.reason : state.status))
  const before = three?.state
  await one?.signOut()
  await waitUntil(() => two?.state.status === 'signed_out' && three?.state.status === 'signed_out')
  await two?.signIn(admin)
  await waitUntil(() => one?.state.status === 'signed_in' && three?.state.status === 'signed_in')
  assert.notDeepEqual(three?.state, before, 'a different sign-in')
  assert.deepEqual(states, ['signed_out', 'signed_in'])
  backend.clock.advance(900)
  assert.equal((await three?.fetch(protectedUrl))?.status, 200)
  await settle()
  assert.deepEqual(states, ['signed_out', 'signed_in'], 'a refresh does not change the state')
  closeTabs(browser)
})
