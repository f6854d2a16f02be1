import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { countersignHere } from '../../packages/server/src/cli/in-process.fixture.ts'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'

const password = 'correct horse battery staple'

test('an operator reads the audit log, keeps a checkpoint, erases a user’s data, and detects an intruder', async () => {
  using folder = scratch()
  const file = `${folder.path}/x.db`
  const env = {
    COUNTERSIGN_ISSUER_URL: 'https://auth.example.com',
    COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    COUNTERSIGN_DATABASE_URL: `sqlite:${file}`,
    COUNTERSIGN_LOG_LEVEL: 'warn',
    COUNTERSIGN_HTTP_PORT: String(await freePort()),
  }
  const auditLog = (...args: readonly string[]) => countersignHere(['audit-log', ...args], { env })
  await countersignHere(['user', 'add', 'ada'], { env, input: password })
  {
    await using _server = await start([...countersign, 'serve'], { env })
    const login = `http://localhost:${env.COUNTERSIGN_HTTP_PORT}/login`
    await post(login, { username: 'ada', password: 'wrong' })
    await post(login, { username: 'ada', password })
  }
  const [heads, ...listed] = (await auditLog('list')).output.trim().split('\n')
  assert.match(heads ?? '', /^time +event +details$/)
  const ofJobs = /^\d+ {2,}[^ ]+ [^ ]+ UTC {2,}(key_|checkpoint_signed)/ // these jobs first run at a random time
  const ofRequests = listed.filter((line) => !ofJobs.test(line))
  assert.deepEqual(
    ofRequests.map((line) => line.split(/ {2,}/)[2]),
    ['user_registered', 'production_begun', 'login_refused', 'login'],
  )
  assert.match(ofRequests.at(-1) ?? '', /userAgent=node/)
  assert.doesNotMatch(listed.join(), /wrong|correct horse/)
  assert.equal((await auditLog('list', 'ADA')).output.trim().split('\n').length, 1 + 3)

  const { output: checkpoint } = await auditLog('checkpoint')
  const kept = `${folder.path}/kept`
  writeFileSync(kept, checkpoint)
  const erased = await auditLog('erase', 'ada', '--yes')
  assert.match(erased.output, /of 2 entries/)
  assert.doesNotMatch((await auditLog('list')).output, /userAgent/)
  const good = await auditLog('verify', kept)
  assert.deepEqual([good.code, /of 2 entries was erased/.test(good.output)], [0, true])
  const exported = `${folder.path}/exported`
  writeFileSync(exported, (await auditLog('export')).output)
  assert.equal((await auditLog('verify', exported)).code, 0)

  assert.match((await auditLog('forget', '1', '--yes')).output, /of no entries/)
  for (const args of [
    ['forget', 'soon'],
    ['verify', `${folder.path}/nowhere`],
    ['verify', file],
  ]) {
    const { code, output } = await auditLog(...args)
    assert.deepEqual([code, /argument_invalid/.test(output)], [2, true], output)
  }

  const intruder = new DatabaseSync(file)
  // From the first checkpoint on, if the job has signed one before: its entry would show that it is missing.
  const seq = listed.findIndex((line) => / (login_refused|checkpoint_signed)/.test(line)) + 1
  intruder.exec(`delete from audit_log where seq >= ${seq}; delete from audit_log_checkpoints`)
  assert.equal(
    (await auditLog('verify')).code,
    0,
    'the audit log alone cannot detect that its end is missing',
  )
  for (const witness of [kept, exported]) {
    const { code, output } = await auditLog('verify', witness)
    assert.equal(code, 3)
    assert.match(output, new RegExp(`entry ${seq} .*missing.*audit_log_broken`))
  }
  intruder.exec("update audit_log set user_id = 'u_else' where type = 'user_registered'")
  intruder.close()
  const edited = await auditLog('verify')
  assert.deepEqual([edited.code, /was changed.*audit_log_broken/.test(edited.output)], [3, true])
})
