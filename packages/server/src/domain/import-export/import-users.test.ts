import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandLine } from '../audit-log/event.ts'
import { readFacts } from '../audit-log/read-facts.ts'
import { signIn } from '../authentication/sign-in.ts'
import { openDomain, password } from '../domain.fixture.ts'
import { parseHash } from '../passwords/stored-hash.ts'
import { addUser } from '../registration/register-user.ts'
import type { FileRecord, Members } from './file-record.ts'
import { importUsers, type ImportDeps, type ImportOptions } from './import-users.ts'

const standard = {
  from: 'jsonl',
  trustVerifiedEmails: false,
  withRoles: false,
  dryRun: false,
  by: commandLine,
} as const

async function importAll(
  deps: ImportDeps,
  records: readonly Members[],
  options: Partial<ImportOptions> = {},
) {
  async function* numbered(): AsyncGenerator<FileRecord> {
    for (const [at, members] of records.entries()) yield { line: at + 1, members }
  }
  const refusals: string[] = []
  let counts = { added: 0, present: 0, refused: 0 }
  for await (const step of importUsers(deps, numbered(), { ...standard, ...options })) {
    refusals.push(...step.refusals.map(({ line, code }) => `${line} ${code}`))
    counts = { added: step.added, present: step.present, refused: step.refused }
  }
  return { ...counts, refusals }
}

test('users are imported with an event each, and a second run leaves them alone', async (t) => {
  const { deps } = await openDomain(t)
  const hash = await deps.hasher.hash(password)
  const records = Array.from({ length: 250 }, (_, at) => ({
    username: `user${at}`,
    email: `u${at}@x.example`,
    password_hash: hash,
    created_at: 1,
  }))
  const none = { refused: 0, refusals: [] }
  assert.deepEqual(await importAll(deps, records, { dryRun: true }), {
    added: 250,
    present: 0,
    ...none,
  })
  assert.equal(await deps.store.users.count(1), 0, 'a dry run writes nothing')
  assert.deepEqual(await importAll(deps, records.slice(0, 120)), {
    added: 120,
    present: 0,
    ...none,
  })
  assert.deepEqual(await importAll(deps, records), { added: 130, present: 120, ...none })
  assert.equal((await signIn(deps, 'user249', password, {})).user.name, 'user249')
  const found = await deps.store.users.findByName('user7')
  const [event] = await deps.store.auditLog.newest(9, { userId: found?.user.id })
  assert.equal(event?.type, 'user_imported')
  assert.deepEqual(readFacts(event?.facts ?? ''), { by: commandLine, from: 'jsonl', roles: [] })
  assert.equal((await deps.store.auditLog.newest(999, { type: 'user_imported' })).length, 250)
})

test('[24.5] names and addresses are judged as at registration, and a refusal affects no other user', async (t) => {
  const { deps } = await openDomain(t)
  await addUser(deps, 'Ada', password, { email: 'ada@x.example', by: commandLine })
  const records = [
    { username: 'ADA', email: 'ADA@x.example' },
    { username: 'ada', email: 'other@x.example' },
    { username: 'eve', email: 'Ada@X.example' },
    { username: ' blank' },
    { username: 'bob', email: 'no address' },
    { username: 'carol', password_hash: 'md5$secret' },
    { username: 'dave', password_hash: `scrypt:${2 ** 30}:8:1$s$${'ab'.repeat(32)}` },
    { username: 'good', email: 'good@x.example' },
    { username: 'good', email: 'good@x.example' },
    { username: 'Good', email: 'better@x.example' },
    { username: 'best', email: 'GOOD@x.example' },
  ]
  const expected = {
    added: 1,
    present: 2,
    refused: 8,
    refusals: [
      '2 username_taken',
      '3 email_taken',
      '4 username_unacceptable',
      '5 email_unacceptable',
      '6 hash_unsupported',
      '7 hash_excessive',
      '10 username_taken',
      '11 email_taken',
    ],
  }
  assert.deepEqual(await importAll(deps, records, { dryRun: true }), expected)
  assert.deepEqual(await importAll(deps, records), expected)
})

test('[24.3] roles and verified addresses are taken only if the operator says so', async (t) => {
  const { deps } = await openDomain(t)
  const claims = { roles: ['admin'], email_verified: true }
  await importAll(deps, [{ ...claims, username: 'eve', email: 'eve@x.example' }])
  const eve = (await deps.store.users.findByName('eve'))?.user
  assert.deepEqual(eve?.roles, [])
  assert.equal(eve?.emailVerifiedAt, null)
  const options = { withRoles: true, trustVerifiedEmails: true }
  await importAll(deps, [{ ...claims, username: 'ada', email: 'ada@x.example' }], options)
  const ada = (await deps.store.users.findByName('ada'))?.user
  assert.deepEqual(ada?.roles, ['admin'])
  assert.equal(ada?.emailVerifiedAt, deps.clock.now())
  const [event] = await deps.store.auditLog.newest(1)
  assert.deepEqual(readFacts(event?.facts ?? ''), {
    by: commandLine,
    from: 'jsonl',
    roles: ['admin'],
  })
  const odd = await importAll(deps, [{ username: 'odd', roles: ['A B'] }], options)
  assert.deepEqual(odd.refusals, ['1 role_unacceptable'])
})

test('a user without a password, or a disabled one, is imported and cannot sign in', async (t) => {
  const { deps } = await openDomain(t)
  const hash = await deps.hasher.hash(password)
  await importAll(deps, [
    { username: 'empty' },
    { username: 'gone', disabled: true, password_hash: hash },
  ])
  for (const name of ['empty', 'gone'])
    await assert.rejects(signIn(deps, name, password, {}), { code: 'credentials_wrong' }, name)
  assert.ok(parseHash((await deps.store.users.findByName('empty'))?.hash ?? ''))
})

test('[24.1] the kinds of the hashes are in the database as soon as a user has one', async (t) => {
  const { deps } = await openDomain(t)
  const digest = 'ab'.repeat(32)
  await importAll(deps, [{ username: 'ada', password_hash: `scrypt:1024:8:1$salt$${digest}` }])
  const taken = {
    username: 'Ada',
    email: 'x@x.example',
    password_hash: `scrypt:2048:8:1$s$${digest}`,
  }
  assert.deepEqual((await importAll(deps, [taken])).refusals, ['1 username_taken'])
  const kinds = await deps.store.hashKinds.list()
  assert.deepEqual(kinds, [`$scrypt$ln=10,r=8,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`])
})
