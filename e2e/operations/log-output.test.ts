import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { freePort, get } from '@countersign/testing/http'
import { countersign } from '@countersign/testing/process'

test(
  '[18.23] standard output of serve is JSON lines and nothing else, from started to stopped',
  { timeout: 120_000 },
  async () => {
    using folder = scratch()
    const port = await freePort()
    const [program = '', ...args] = [...countersign, 'serve']
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        COUNTERSIGN_HTTP_PORT: String(port),
        COUNTERSIGN_ISSUER_URL: `http://localhost:${port}`,
        COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
        COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
    })
    const output = text(child.stdout)
    const banner = await once(child.stderr, 'data')
    assert.match(String(banner), /listens on/)
    await get(`http://localhost:${port}/me`)
    child.kill('SIGTERM')
    const lines = (await output).trimEnd().split('\n')
    const events = lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    const [first, last] = [events.find(({ msg }) => msg === 'started'), events.at(-1)]
    assert.equal(last?.['msg'], 'stopped')
    assert.match(String(first?.['version']), /^\d+\.\d+\.\d+/)
    assert.equal(first?.['url'], `http://localhost:${port}`)
    assert.deepEqual([last?.['version'], last?.['reason']], [first?.['version'], 'SIGTERM'])
  },
)
