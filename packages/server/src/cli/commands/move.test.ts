import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { blockOf } from '@countersign/testing/guides'
import { openShell } from '../transcript.fixture.ts'
import { countersignHere } from '../in-process.fixture.ts'

suite('countersign move', () => {
  const folder = scratch()
  after(() => folder[Symbol.dispose]())
  const at = (name: string) => join(folder.path, name)
  const env = {
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_DATABASE_URL: `sqlite:${at('old.db')}`,
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  }
  const run = (...words: readonly string[]) => countersignHere(['move', ...words], { env })

  test('needs a source that is there', async () => {
    const { code, stderr } = await run('--to', `sqlite:${at('new.db')}`, '--yes')
    assert.equal(code, 78)
    assert.match(stderr, /database_missing/)
    assert.equal(existsSync(at('new.db')), false)
    const added = await countersignHere(['user', 'add', 'ada'], {
      env,
      input: 'correct horse battery',
    })
    assert.equal(added.code, 0, added.output)
  })

  test('[24.34] refuses a URL with a password on the command line, and quotes no URL', async () => {
    for (const words of [
      ['--to', 'postgres://ada:secret@localhost/x'],
      ['--to', 'postgres://localhost/x?user=ada&password=secret'],
      ['--to', 'postgres://ada@example:secret@localhost/x'],
      ['--to', 'postgres://ada@localhost/x?sslmode=require&p%61ssword=secret'],
      ['--to', 'mysql://secret'],
      ['--to', 'sqlite:x', '--to-file', at('url')],
      [],
    ]) {
      const { code, output } = await run(...words, '--yes')
      assert.equal(code, 2, output)
      assert.match(output, /argument_invalid/)
      assert.doesNotMatch(output, /secret/)
    }
  })

  test('refuses a target in memory: everything would be gone with the command', async () => {
    for (const target of [':memory:', 'file::memory:', 'file:x?mode=memory']) {
      const { code, output } = await run('--to', `sqlite:${target}`, '--yes')
      assert.deepEqual([code, /ends with this command/.test(output)], [2, true], output)
    }
    assert.match((await run('--cancel')).stdout, /No move is under way/)
  })

  test('refuses the database of the settings as target, also in another spelling', async () => {
    for (const target of [at('old.db'), `${folder.path}/./old.db`]) {
      const { code, stderr } = await run('--to', `sqlite:${target}`, '--yes')
      assert.equal(code, 1)
      assert.match(stderr, /database\.url already names it.*\(move_target_not_empty\)/)
    }
    const urls = [
      'postgres://ada@nowhere.invalid/x',
      'postgresql://ada:secret@nowhere.invalid/x',
    ] as const
    writeFileSync(at('same'), urls[1])
    const there = { env: { ...env, COUNTERSIGN_DATABASE_URL: urls[0] } }
    const { stderr } = await countersignHere(['move', '--to-file', at('same'), '--yes'], there)
    assert.match(stderr, /database\.url already names it/)
  })

  test('runs in the order of the guide', async () => {
    using shell = openShell()
    const guide = [2, 3].map((number) => blockOf('postgres.md', 'sh', number).trim())
    const changed = {
      ...env,
      COUNTERSIGN_DATABASE_URL: `sqlite:${shell.folder}/old.db`,
    }
    mkdirSync(join(shell.folder, 'secrets'))
    writeFileSync(join(shell.folder, 'secrets/database-url'), `sqlite:${shell.folder}/new.db`)
    await shell.run('echo correct horse battery | countersign user add ada', changed)
    assert.match(await shell.run(guide[0] ?? '', changed), /would move \d+ rows/)
    assert.match(await shell.run(guide[1] ?? '', changed), /\d+ rows moved/)
    const next = { ...env, COUNTERSIGN_DATABASE_URL: `sqlite:${shell.folder}/new.db` }
    assert.match(await shell.run('countersign user list', next), /ada/)
  })

  test('plans without a change, asks before it moves, and moves', async () => {
    writeFileSync(at('url'), `sqlite:${at('new.db')}\n`)
    const plan = await run('--to-file', at('url'), '--dry-run', '--json')
    assert.equal(plan.code, 0, plan.output)
    assert.equal(JSON.parse(plan.stdout).rows.users, 1)
    assert.equal(existsSync(at('new.db')), false)
    assert.match((await run('--to-file', at('url'))).stderr, /confirmation_missing/)
    assert.match((await run('--cancel')).stdout, /No move is under way/)
    const moved = await run('--to-file', at('url'), '--yes')
    assert.equal(moved.code, 0, moved.output)
    const list = await countersignHere(['user', 'list', '--json'], { env })
    assert.equal(list.code, 78)
    assert.match(list.stderr, /database_moved/)
    const next = { ...env, COUNTERSIGN_DATABASE_URL: `sqlite:${at('new.db')}` }
    assert.equal(
      JSON.parse((await countersignHere(['user', 'list', '--json'], { env: next })).stdout).length,
      1,
    )
    const log = await countersignHere(['audit-log', 'verify'], { env: next })
    assert.equal(log.code, 0, log.output)
    assert.match(
      (await countersignHere(['audit-log', 'list'], { env: next })).stdout,
      /database_moved/,
    )
    assert.equal((await run('--cancel')).code, 78)
    const backup = await countersignHere(['backup', at('copy.db')], { env })
    assert.deepEqual([backup.code, existsSync(at('copy.db'))], [78, false], backup.output)
    const doctor = await countersignHere(['doctor'], { env })
    assert.match(doctor.stdout, /the database was moved to another one/)
  })
})
