import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { webPlatform } from './platform.ts'
import {
  closeTabs,
  protectedUrl,
  isRefreshPending,
  openTabs,
  openBackend,
  settle,
} from './tabs.fixture.ts'

const withoutLocks = webPlatform.locks ? false : 'needs locks, which Node has from version 24 on'

/** An event in the tabs of one browser. */
const event = fc.oneof(
  fc.record({ do: fc.constant('fetch' as const), tab: fc.nat(2) }),
  fc.record({
    do: fc.constant('wait' as const),
    seconds: fc.constantFrom(1, 10, 300, 780, 900, 4000),
  }),
  fc.record({ do: fc.constant('lose' as const), answers: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ do: fc.constant('steal' as const) }),
  fc.record({ do: fc.constant('skew' as const), by: fc.constantFrom(-86_400, -30, 0, 30, 86_400) }),
)

test(
  '[G38] no order of requests, lost responses, clock changes and stolen locks signs a user out',
  { skip: withoutLocks },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 5, maxLength: 25 }),
        fc.boolean(),
        async (events, locks) => {
          await using backend = await openBackend()
          const browser = await openTabs(backend, 3, locks)
          let lose = 0
          backend.intercept = async (request, forward) => {
            const answer = await forward()
            if (request.url.endsWith('/refresh') && lose-- > 0) throw new TypeError('lost')
            return answer
          }
          for (const one of events) {
            if (one.do === 'wait') backend.clock.advance(one.seconds)
            else if (one.do === 'lose') lose = one.answers
            else if (one.do === 'skew') for (const tab of browser.tabs) tab.platform.skew = one.by
            else if (one.do === 'steal')
              void webPlatform.locks
                ?.request(String(browser.storage.name), { steal: true }, async () => {})
                .catch(() => {})
            else {
              const answers: unknown[] = []
              void browser.tabs[one.tab]?.fetch(protectedUrl).then(
                ({ status }) => answers.push(status),
                (error: unknown) => answers.push(error),
              )
              // A lost response is retried a second later. A computer that sleeps beyond the grace period at that moment is not covered here.
              for (
                let waits = 0;
                waits < 50 && (answers.length === 0 || (await isRefreshPending(browser)));
                waits++
              ) {
                await settle()
                backend.clock.advance(1)
              }
              assert.deepEqual(answers, [200])
            }
          }
          assert.ok(browser.tabs.every((tab) => tab.state.status === 'signed_in'))
          closeTabs(browser)
        },
      ),
      { numRuns: 25 },
    )
  },
)
