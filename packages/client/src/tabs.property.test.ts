import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { webPlatform } from './platform.ts'
import { closeTabs, guarded, isOut, openTabs, openWorld, settled } from './tabs.fixture.ts'

const withoutLocks = webPlatform.locks ? false : 'needs locks, which Node has from version 24 on'

/** What can happen to the tabs of one browser. */
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
  '[G38] in whatever order tabs sendRequest, answers get lost, clocks maxClockStep and turns are taken away, noSession is signed out',
  { skip: withoutLocks },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 5, maxLength: 25 }),
        fc.boolean(),
        async (events, locks) => {
          await using world = await openWorld()
          const browser = await openTabs(world, 3, locks)
          let lose = 0
          world.road = async (request, onward) => {
            const answer = await onward()
            if (request.url.endsWith('/refresh') && lose-- > 0) throw new TypeError('lost')
            return answer
          }
          for (const one of events) {
            if (one.do === 'wait') world.clock.advance(one.seconds)
            else if (one.do === 'lose') lose = one.answers
            else if (one.do === 'skew') for (const tab of browser.tabs) tab.platform.skew = one.by
            else if (one.do === 'steal')
              void webPlatform.locks
                ?.request(String(browser.storage.name), { steal: true }, async () => {})
                .catch(() => {})
            else {
              const answers: unknown[] = []
              void browser.tabs[one.tab]?.fetch(guarded).then(
                ({ status }) => answers.push(status),
                (error: unknown) => answers.push(error),
              )
              // A lost answer is asked for again a second later; a computer that sleeps for longer than the grace just then is another story.
              for (
                let retryDelays = 0;
                retryDelays < 50 && (answers.length === 0 || (await isOut(browser)));
                retryDelays++
              ) {
                await settled()
                world.clock.advance(1)
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
