import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMeter } from '../../platform/observability/metrics.ts'
import { openDomain } from '../domain.fixture.ts'
import { Secret } from '../kernel/secret.ts'
import { enqueueMail } from './enqueue-mail.ts'
import { planRetry, type Delivery, type IdentifiedMail, type Mail } from './mail.ts'
import { pruneMail, sendMail } from './send-mail.ts'

const mail: Mail = {
  kind: 'test',
  to: 'ada@example.com',
  language: 'en',
  values: { name: 'Ada' },
  secrets: { code: new Secret('123456') },
}

/** Opens a domain whose mailer answers as the test says, at a time of the test's choice. */
async function openOutbox(t: Parameters<typeof openDomain>[0], answer: () => Delivery) {
  const { deps } = await openDomain(t)
  const sent: IdentifiedMail[] = []
  let now = 1000
  const outbox = {
    ...deps,
    clock: { now: () => now },
    mailer: {
      async deliver(one: IdentifiedMail) {
        sent.push(one)
        return answer()
      },
    },
  }
  return {
    outbox,
    sent,
    at: (time: number) => (now = time),
    enqueue: (one = mail) => outbox.store.transaction((tx) => enqueueMail(outbox, tx, one)),
  }
}

test('a mail is sent once, and leaves nothing in the database', async (t) => {
  const { outbox, sent, enqueue } = await openOutbox(t, () => ({ kind: 'sent' }))
  await enqueue()
  await sendMail(outbox)
  await sendMail(outbox)
  assert.equal(sent.length, 1)
  assert.equal(sent[0]?.to, 'ada@example.com')
  assert.equal(sent[0]?.secrets['code']?.reveal(), '123456')
  assert.deepEqual(await outbox.store.outbox.count(), { waiting: 0, dead: 0 })
})

test('a mail of a transaction that fails is not sent, and the outbox shows neither address nor code', async (t) => {
  const { outbox, sent, enqueue } = await openOutbox(t, () => ({ kind: 'sent' }))
  const failing = outbox.store.transaction(async (tx) => {
    await enqueueMail(outbox, tx, mail)
    throw new Error('rolled back')
  })
  await assert.rejects(failing, /rolled back/)
  await enqueue()
  const [item] = await outbox.store.outbox.claim(1000, 1000, 9)
  assert.doesNotMatch(JSON.stringify(item), /ada|123456/)
  await sendMail(outbox)
  assert.equal(sent.length, 1)
})

test('a deferred mail is tried again later and later, with the same id, and is a dead letter at the end', async (t) => {
  const { outbox, sent, at, enqueue } = await openOutbox(t, () => ({
    kind: 'deferred',
    error: 'EENVELOPE 451',
  }))
  await enqueue()
  const times: number[] = []
  for (let time = 1000; time < 1000 + 4000; time += 10) {
    at(time)
    const before = sent.length
    await sendMail(outbox)
    if (sent.length > before) times.push(time - 1000)
  }
  assert.deepEqual(times, [0, 10, 30, 70, 150, 310, 630, 1270, 2170, 3070])
  assert.equal(new Set(sent.map(({ id }) => id)).size, 1)
  const [dead] = await outbox.store.outbox.listDead(9)
  assert.deepEqual([dead?.error, dead?.attempts], ['EENVELOPE 451', 10])
  assert.deepEqual(await outbox.store.outbox.count(), { waiting: 0, dead: 1 })
  at(1000 + 40 * 86_400)
  await pruneMail(outbox)
  assert.deepEqual(await outbox.store.outbox.count(), { waiting: 0, dead: 0 })
})

test('a rejected mail is a dead letter at once, and counted', async (t) => {
  const { outbox, sent, at, enqueue } = await openOutbox(t, () => ({
    kind: 'rejected',
    error: 'EENVELOPE 550 5.1.1',
  }))
  const meter = await createMeter()
  await enqueue()
  await sendMail({ ...outbox, metrics: meter })
  at(9999)
  await sendMail(outbox)
  assert.equal(sent.length, 1)
  assert.equal((await outbox.store.outbox.listDead(9))[0]?.error, 'EENVELOPE 550 5.1.1')
  assert.match(await meter.text(), /countersign_mails_total\{outcome="rejected"\} 1/)
})

test('a mail that waited too long, or that another root secret encrypted, is not sent', async (t) => {
  const { outbox, sent, at, enqueue } = await openOutbox(t, () => ({ kind: 'sent' }))
  await enqueue()
  at(1000 + 3600)
  await sendMail(outbox)
  await enqueue()
  await sendMail({ ...outbox, root: { key: () => new Secret('A'.repeat(43)) } })
  assert.deepEqual(sent, [])
  const errors = (await outbox.store.outbox.listDead(9)).map(({ error }) => error)
  assert.deepEqual(errors.toSorted(), ['cannot be decrypted', 'too late: no server was sending'])
})

test('a server that cannot send mail writes none into the outbox', async (t) => {
  const { outbox } = await openOutbox(t, () => ({ kind: 'sent' }))
  const policies = { ...outbox.policies, mail: { ...outbox.policies.mail, enabled: false } }
  await outbox.store.transaction((tx) => enqueueMail({ ...outbox, policies }, tx, mail))
  await sendMail({ ...outbox, mailer: undefined })
  assert.deepEqual(await outbox.store.outbox.count(), { waiting: 0, dead: 0 })
})

test('a retry is planned only while the mail is of use', () => {
  assert.equal(planRetry(1, 0, 100), 10)
  assert.equal(planRetry(3, 0, 41), 40)
  assert.equal(planRetry(3, 0, 40), undefined)
  assert.equal(planRetry(40, 0, 1e9), 900)
})
