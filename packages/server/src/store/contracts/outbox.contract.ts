import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { enqueueMail } from '../../domain/mail/enqueue-mail.ts'
import { leaseSeconds, sendMail } from '../../domain/mail/send-mail.ts'
import type { Store } from '../../domain/store.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { noMetrics } from '../../platform/observability/metrics.ts'
import type { Database } from '../store.ts'
import { openHandles } from './handles.fixture.ts'
import { quiet } from './keys.fixture.ts'
import { policies, testRoot } from './policies.fixture.ts'

/** The contract of every store for mail, races of servers included, with so many handles on one database. */
export function outboxContract(
  name: string,
  locate: (database: string) => Promise<Database>,
  handles: number,
): void {
  suite(`the outbox contract: ${name}`, () => {
    const stores: Store[] = []
    before(async () => {
      stores.push(...(await openHandles(await locate('outbox'), handles)))
    })
    after(() => Promise.all(stores.map((one) => one.close())))
    const received: string[] = []
    const mailer = {
      async deliver({ to }: { readonly to: string }) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        received.push(to)
        return { kind: 'sent' } as const
      },
    }
    const serverAt = (index: number, now = 1) => ({
      store: stores[index % stores.length]!,
      clock: { now: () => now },
      random: systemRandom,
      root: testRoot,
      policies,
      log: quiet,
      metrics: noMetrics,
      mailer,
    })
    const enqueue = (index: number) =>
      serverAt(index).store.transaction((tx) =>
        enqueueMail(serverAt(index), tx, {
          kind: 'test',
          to: `ada-${index}@example.com`,
          language: 'en',
          values: {},
          secrets: {},
        }),
      )

    test('however many servers send at once, each mail is sent once', async () => {
      for (let index = 0; index < 60; index++) await enqueue(index)
      await Promise.all(Array.from({ length: 12 }, (_, at) => sendMail(serverAt(at))))
      assert.equal(received.length, 60)
      assert.equal(new Set(received).size, 60)
      assert.deepEqual(await stores[0]?.outbox.count(), { waiting: 0, dead: 0 })
    })

    test('a claimed mail is left to its server until the lease ends, and then that server changes it no more', async () => {
      await enqueue(1000)
      const { outbox } = stores[0]!
      const [mine] = await outbox.claim(1, 1 + leaseSeconds, 1)
      assert.deepEqual(await outbox.claim(leaseSeconds, 200, 1), [])
      const [theirs] = await outbox.claim(1 + leaseSeconds, 200, 1)
      assert.equal(theirs?.id, mine?.id)
      await outbox.remove(mine!)
      await outbox.bury(mine!, 1, 'late')
      await outbox.defer(mine!, 1, 'late')
      assert.deepEqual(await outbox.count(), { waiting: 1, dead: 0 })
      await outbox.remove(theirs!)
      assert.deepEqual(await outbox.count(), { waiting: 0, dead: 0 })
    })
  })
}
