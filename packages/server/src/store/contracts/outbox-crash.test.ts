import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { howToGetPostgres, startPostgres } from '@countersign/testing/postgres'
import { repetitions } from '@countersign/testing/proofs'
import { startSmtp, type SmtpPeer } from '@countersign/testing/smtp'
import { enqueueMail } from '../../domain/mail/enqueue-mail.ts'
import { leaseSeconds } from '../../domain/mail/send-mail.ts'
import { Secret } from '../../domain/kernel/secret.ts'
import { systemRandom } from '../../platform/crypto/random.ts'
import { createStore, type Database } from '../store.ts'
import { policies, testRoot } from './policies.fixture.ts'
import { companion } from './process.fixture.ts'
import { poolSize } from './handles.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
after(() => rmSync(folder, { recursive: true }))
const rounds = repetitions({ short: 3, long: 20 }) // kills

/** Promises ten mails, lets a process send, and kills it when so many have arrived. */
async function round(database: Database, smtp: SmtpPeer, number: number): Promise<void> {
  const now = 1000 + number * (leaseSeconds + 1)
  const store = await createStore(database)
  const deps = { clock: { now: () => now }, random: systemRandom, root: testRoot, policies }
  for (let index = 0; index < 10; index++) {
    const to = `ada-${number}-${index}@example.com`
    const mail = { kind: 'test', to, language: 'en', values: {}, secrets: {} } as const
    await store.transaction((tx) => enqueueMail(deps, tx, mail))
  }
  await store.close()
  const enough = smtp.mails.length + 3 + (number % 5)
  const sender = companion('sender', database, { SMTP_PORT: String(smtp.port), NOW: String(now) })
  await new Promise<void>((resolve) => {
    smtp.received = () => {
      if (smtp.mails.length >= enough) resolve()
    }
  })
  sender.process.kill('SIGKILL') // the SMTP server has a mail, and the outbox does not know it yet
  await sender.ended
}

/** Sends what is left, and waits until the outbox is empty. */
async function finish(database: Database, smtp: SmtpPeer): Promise<void> {
  const now = 1000 + (rounds + 1) * (leaseSeconds + 1)
  const sender = companion('sender', database, { SMTP_PORT: String(smtp.port), NOW: String(now) })
  const store = await createStore(database)
  while ((await store.outbox.count()).waiting > 0) await setTimeout(20)
  assert.deepEqual(await store.outbox.count(), { waiting: 0, dead: 0 })
  await store.close()
  sender.process.kill('SIGKILL')
  await sender.ended
}

async function assertNoneLost(database: Database): Promise<void> {
  await using smtp = await startSmtp()
  for (let number = 0; number < rounds; number++) await round(database, smtp, number)
  await finish(database, smtp)
  const idsOf = new Map<string, Set<string>>()
  for (const { to, text } of smtp.mails) {
    const id = /^Message-ID: (<\S+>)/im.exec(text)?.[1] ?? 'none'
    idsOf.set(to, (idsOf.get(to) ?? new Set()).add(id))
  }
  assert.equal(idsOf.size, 10 * rounds, 'none is lost')
  const ids = [...idsOf.values()].map((set) => [...set])
  assert.ok(
    ids.every(({ length }) => length === 1),
    'a copy has the id of the first',
  )
  assert.equal(new Set(ids.flat()).size, 10 * rounds, 'and no two mails have the same')
  const copies = smtp.mails.length - idsOf.size
  assert.ok(copies <= rounds * 5, `${copies} copies of what was under way at ${rounds} kills`)
}

test('SQLite: of the mails that were promised none is lost, whenever the sender is killed', () =>
  assertNoneLost({ kind: 'sqlite', file: join(folder, 'outbox.db') }))

test('PostgreSQL: of the mails that were promised none is lost, whenever the sender is killed', async (t) => {
  await using server = await startPostgres()
  if (!server) return t.skip(howToGetPostgres)
  const url = new Secret(await server.url('outbox_killed'))
  await assertNoneLost({ kind: 'postgres', url, poolSize })
})
