import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServer } from '../compose.ts'
import { loadConfig } from '../config/load.ts'
import { openShell, productionEnv } from './transcript.fixture.ts'

test('text of a caller cannot control the terminal, also in JSON, where it parses to the same text', async () => {
  using shell = openShell()
  const env = productionEnv({
    COUNTERSIGN_DATABASE_URL: `sqlite:${shell.folder}/auth.db`,
    COUNTERSIGN_LOG_LEVEL: 'silent',
  })
  await shell.run('echo correct horse battery | countersign user add ada', env)
  const agent = '\u009b2Jcurl\u0085\u00e9'
  {
    await using server = await createServer(loadConfig({ mode: 'production', env }))
    const headers = { 'content-type': 'application/json', 'user-agent': agent }
    const body = JSON.stringify({ username: 'ada', password: 'correct horse battery' })
    const request = new Request('http://localhost/login', { method: 'POST', headers, body })
    assert.equal((await server.fetch(request)).status, 200)
  }
  for (const line of [
    'audit-log list',
    'audit-log list --json',
    'session list ada --json',
    'audit-log export',
  ]) {
    const printed = await shell.run(`countersign ${line}`, env)
    assert.match(printed, /curl/, line)
    // oxlint-disable-next-line no-control-regex -- the test searches for them
    assert.doesNotMatch(printed, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, line)
  }
  const listed = await shell.run('countersign audit-log list --json', env)
  assert.ok(JSON.stringify(JSON.parse(listed)).includes(agent))
})
