import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { parseCommandLine, runInProcess } from '../in-process.fixture.ts'

const bcrypt = `$2b$04$${'.'.repeat(53)}`
const bomb = `$2b$31$${'.'.repeat(53)}`

/** Runs commands on a database of its own, in a folder of its own. */
function commandLineIn(folder: string, more: Readonly<Record<string, string>> = {}) {
  const env = { COUNTERSIGN_DATABASE_URL: `sqlite:${folder}/d.db`, ...more }
  return async (words: string) => {
    const line = parseCommandLine(`countersign ${words} --development`)
    assert.ok(line, words)
    const { code, stdout, stderr } = await runInProcess(folder, line, env)
    for (const hash of [bcrypt, bomb]) assert.ok(!`${stdout}${stderr}`.includes(hash), words)
    return { code, stdout, stderr }
  }
}

test('a file is imported, and the report names each refused line without what is in it', async () => {
  using folder = scratch()
  const run = commandLineIn(folder.path)
  await run('migrate apply')
  const rows = [
    'username,email,password_hash',
    `ada,ada@x.example,${bcrypt}`,
    `eve,,${bomb}`,
    'bob,ada@x.example,',
  ]
  writeFileSync(join(folder.path, 'users.csv'), rows.join('\n'))
  const dry = await run('import users.csv --from csv --dry-run')
  assert.match(
    dry.stdout,
    /^line 3: .*too much time.*\nline 4: .*another user\nNothing was written; would add 1 user; 0 already there, 2 refused\n$/,
  )
  assert.deepEqual([dry.code, /\(users_refused\)/.test(dry.stderr)], [1, true])
  assert.match((await run('user list')).stdout, /No users/)
  const done = await run('import users.csv --from csv --json')
  assert.deepEqual(JSON.parse(done.stdout), {
    added: 1,
    present: 0,
    refused: 2,
    without_password: 0,
    ignored_columns: [],
    dry_run: false,
    refusals: [
      { line: 3, code: 'hash_excessive', message: JSON.parse(done.stdout).refusals[0].message },
      { line: 4, code: 'email_taken', message: JSON.parse(done.stdout).refusals[1].message },
    ],
  })
  const again = await run('import users.csv --from csv')
  assert.match(again.stdout, /Added no users; 1 already there, 2 refused/)
  assert.match(
    (await run('import none.csv --from csv')).stderr,
    /cannot be read.*argument_invalid|argument_invalid/,
  )
  assert.match((await run('import users.csv --from ldap')).stderr, /--from must be one of werkzeug/)
  assert.match((await run('import users.csv')).stderr, /name the system/)
})

test('the report counts the users whose record has no password hash, such as one in a column of another name', async () => {
  using folder = scratch()
  const run = commandLineIn(folder.path)
  await run('migrate apply')
  const rows = [`username,password`, `ada,${bcrypt}`, `eve,${bcrypt}`]
  writeFileSync(join(folder.path, 'users.csv'), rows.join('\n'))
  const counted = /would add 2 users \(2 without a password hash, who need a link/
  const dry = (await run('import users.csv --from csv --dry-run')).stdout
  assert.match(dry, counted)
  assert.match(dry, /^Ignored columns: password\n/)
  const taken = await run('import users.csv --from werkzeug')
  assert.match(taken.stdout, /^Added 2 users; 0 already there/)
})

test('users without a password are listed, shown and exported without one, and imported as such', async () => {
  using folder = scratch()
  using other = scratch()
  const run = commandLineIn(folder.path)
  await run('migrate apply')
  const rows = [`username,password_hash`, `ada,${bcrypt}`, 'carl,']
  writeFileSync(join(folder.path, 'users.csv'), rows.join('\n'))
  const done = await run('import users.csv --from csv')
  assert.match(done.stdout, /1 without a password hash.*\n.*user list --without-password/)
  const listed = (await run('user list --without-password --json')).stdout
  assert.deepEqual(
    JSON.parse(listed).map((user: { username: string }) => user.username),
    ['carl'],
  )
  assert.match((await run('user list')).stdout, /carl .*no password/)
  assert.match((await run('user show carl')).stdout, /password +none/)
  assert.match((await run('user show ada')).stdout, /password +set /)
  await run('export --with-hashes --output out.jsonl')
  const exported = readFileSync(join(folder.path, 'out.jsonl'), 'utf8').trim().split('\n')
  const carl = exported.find((line) => line.includes('carl')) ?? ''
  assert.doesNotMatch(carl, /password_hash/)
  const there = commandLineIn(other.path)
  await there('migrate apply')
  const dummy = `{"username":"dora","password_hash":"$argon2id$v=19$m=19456,t=2,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}"}`
  writeFileSync(join(other.path, 'users.jsonl'), [...exported, dummy].join('\n'))
  const again = await there('import users.jsonl --from jsonl')
  assert.match(again.stdout, /^Added 3 users \(2 without a password hash/)
})

test('a disabled user stays disabled, and columns that are not read are printed', async () => {
  using folder = scratch()
  const run = commandLineIn(folder.path)
  await run('migrate apply')
  const rows = ['username,is_active,phone,state', 'ada,TRUE,1,x', 'off,FALSE,2,x', 'odd,closed,3,x']
  writeFileSync(join(folder.path, 'users.csv'), rows.join('\n'))
  for (const words of ['--dry-run', '']) {
    const { stdout } = await run(`import users.csv --from csv ${words}`.trim())
    assert.match(
      stdout,
      /^line 4: .*is_active is neither true nor false\nIgnored columns: phone, state\n/,
    )
  }
  assert.match((await run('user show off')).stdout, /disabled since/)
  assert.match((await run('user show ada')).stdout, /active/)
  writeFileSync(
    join(folder.path, 'headless.csv'),
    `ada,a@x.example,${bcrypt}\nbob,b@x.example,${bcrypt}`,
  )
  const headless = await run('import headless.csv --from csv --dry-run')
  assert.doesNotMatch(headless.stdout, /x\.example/)
})

test('a dry run needs no database and creates none, and the import creates it', async () => {
  using folder = scratch()
  const run = commandLineIn(folder.path)
  writeFileSync(join(folder.path, 'users.csv'), `username,email\nada,\nADA,x@x.example`)
  const { code, stdout, stderr } = await run('import users.csv --from csv --dry-run')
  assert.match(stdout, /^line 3: .*\nNothing was written; would add 1 user/)
  assert.match(stderr, /There is no database yet/)
  assert.equal(code, 1)
  assert.deepEqual(readdirSync(folder.path), ['users.csv'])
  assert.match((await run('import users.csv --from csv')).stdout, /Added 1 user/)
})

test('the users of Firebase need the hash parameters of their project', async () => {
  using folder = scratch()
  const run = commandLineIn(folder.path)
  await run('migrate apply')
  const user = {
    email: 'ada@x.example',
    passwordHash: Buffer.alloc(64).toString('base64url'),
    salt: 'c2FsdA==',
  }
  writeFileSync(join(folder.path, 'users.json'), JSON.stringify({ users: [user] }))
  const config =
    'hash_config {\n  algorithm: SCRYPT,\n  base64_signer_key: AAAA==,\n  base64_salt_separator: Bw==,\n  rounds: 8,\n  mem_cost: 14,\n}\n'
  writeFileSync(join(folder.path, 'config.txt'), config)
  writeFileSync(join(folder.path, 'partial.txt'), 'rounds: 8')
  assert.match(
    (await run('import users.json --from firebase')).stdout,
    /parameters of the project are missing/,
  )
  assert.match(
    (await run('import users.json --from firebase --hash-config partial.txt')).stderr,
    /lack base64_signer_key/,
  )
  assert.match(
    (await run('import users.json --from firebase --hash-config config.txt')).stdout,
    /Added 1 user;/,
  )
})

test('the key of Flask-Security must be among the peppers', async () => {
  using folder = scratch()
  const key = 'the SECURITY_PASSWORD_SALT of an application'
  writeFileSync(join(folder.path, 'key.txt'), `${key}\n`)
  writeFileSync(join(folder.path, 'users.csv'), `email,password\nada@x.example,${bcrypt}`)
  const words = 'import users.csv --from flask-security --hmac-key-file key.txt'
  const without = commandLineIn(folder.path)
  await without('migrate apply')
  assert.match((await without(words)).stderr, /not in passwords\.previous_peppers/)
  const noKey = await without('import users.csv --from flask-security')
  assert.match(noKey.stdout, /SECURITY_PASSWORD_SALT is missing/)
  const peppers = Buffer.from(key).toString('base64')
  const run = commandLineIn(folder.path, { COUNTERSIGN_PASSWORDS_PREVIOUS_PEPPERS: peppers })
  assert.match((await run(words)).stdout, /Added 1 user;/)
})

test('[24.4] an export has hashes only in a file of its owner, and another server imports it', async () => {
  using folder = scratch()
  using other = scratch()
  const run = commandLineIn(folder.path)
  await run('migrate apply')
  writeFileSync(
    join(folder.path, 'users.jsonl'),
    JSON.stringify({
      username: 'ada',
      email: 'ada@x.example',
      password_hash: bcrypt,
      roles: ['editor'],
    }),
  )
  await run('import users.jsonl --from jsonl --with-roles')
  const printed = (await run('export')).stdout
  assert.match(printed, /^\{"id":"u_[\w-]{22}","username":"ada","email":"ada@x\.example",.*\}\n$/)
  assert.ok(!printed.includes('password_hash'))
  assert.match((await run('export --with-hashes')).stderr, /name a file/)
  await run('export --with-hashes --output out.jsonl')
  const file = join(folder.path, 'out.jsonl')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).password_hash, bcrypt)
  assert.match((await run('export --output out.jsonl')).stderr, /the file exists/)
  const there = commandLineIn(other.path)
  await there('migrate apply')
  await there(`import ${file} --from jsonl --with-roles`)
  assert.equal((await there('export')).stdout, printed, 'the same ids, too')
  assert.match((await there(`import ${file} --from jsonl`)).stdout, /1 already there/)
})
