import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, run } from '@countersign/testing/process'

test('[18.28] a server whose standard output is on a full disk answers requests, and SIGTERM ends it', async () => {
  using folder = scratch()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const env = {
    ...process.env,
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
  }
  const [program = '', ...args] = [...countersign, 'dev']
  const full = openSync('/dev/full', 'w')
  const child = spawn(program, args, { env, stdio: ['ignore', full, full] })
  closeSync(full)
  const ended = once(child, 'exit')
  try {
    const live = () => fetch(`${url}/health/live`, { signal: AbortSignal.timeout(5000) })
    for (let left = 600; left > 0 && !(await live().catch(() => false)); left--) await wait(50)
    for (let request = 0; request < 20; request++) await post(`${url}/login`, { username: 'x' })
    await wait(500)
    assert.equal((await live()).status, 200)
    child.kill('SIGTERM')
    const [code] = await Promise.race([ended, wait(15_000, ['still running'], { ref: false })])
    assert.equal(code, 0)
  } finally {
    child.kill('SIGKILL')
  }
})

test('[18.28] a command whose result cannot be written says so, and fails', async () => {
  const command = [...countersign, 'config', '--development'].join(' ')
  const { code, output } = await run(['sh', '-c', `${command} > /dev/full`])
  assert.equal(code, 1, output)
  assert.match(output, /^error Standard output cannot be written.*output_unwritable\)\n.*ENOSPC/)
  assert.doesNotMatch(output, /    at /)
})
