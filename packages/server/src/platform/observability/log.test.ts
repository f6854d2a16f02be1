import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

/** A process that logs some lines and then runs code, while its output is not read. */
function writer(lines: number, then: string) {
  const program = `
    import { createLog } from '${import.meta.resolve('./log.ts')}'
    const log = createLog({ level: 'info', readable: false })
    for (let line = 0; line < ${lines}; line++) {
      log.info({ line }, '${'x'.repeat(150)}')
      if (line % 100 === 0) await new Promise(setImmediate) // as between requests
    }
    ${then}
  `
  const flags = ['--conditions=@countersign/source', '--input-type=module', '-e', program]
  return spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
}

test('a process whose log is not read can still end', async () => {
  const child = writer(10_000, 'process.exit(3)')
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(120_000) }).finally(() =>
    child.kill('SIGKILL'),
  )
  assert.equal(code, 3)
})

test('while the log is not read, a bounded number of bytes waits in memory; then the log says how many lines were lost', async () => {
  const written = 100_000
  const child = writer(written, `process.send('written'); process.disconnect()`)
  await once(child, 'message')
  const lines = (await text(child.stdout!)).trim().split('\n')
  const entries = lines.map((line) => JSON.parse(line) as { line?: number; lines?: number })
  const kept = entries.filter(({ line }) => line !== undefined).length
  const lost = entries.reduce((sum, { lines: some = 0 }) => sum + some, 0)
  assert.ok(kept < 60_000, `${kept} lines of 220 bytes`)
  assert.equal(kept + lost, written)
})

test('a level is logged as a word, as in the settings', async () => {
  const child = writer(1, `log.warn({}, 'odd'); log.error({}, 'broken')`)
  const lines = (await text(child.stdout!)).trim().split('\n')
  const levels = lines.map((line) => (JSON.parse(line) as { level: unknown }).level)
  assert.deepEqual(levels, ['info', 'warn', 'error'])
})
