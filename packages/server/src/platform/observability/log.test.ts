import assert from 'node:assert/strict'
import { spawn, spawnSync, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

for (const readable of [false, true])
  test(`[18.28] on a full disk the ${readable ? 'readable log' : 'log'} goes on, counts lost lines, and lets the process end`, () => {
    const program = `
      import { createLog } from '${import.meta.resolve('./log.ts')}'
      let lost = 0
      const log = createLog({ level: 'info', readable: ${readable}, lost: () => lost++ })
      for (let line = 0; line < 100_000; line++) log.info({ line }, '${'x'.repeat(150)}')
      await new Promise((resolve) => setTimeout(resolve, 300)) // the first attempts have failed
      log.info({}, 'still here')
      process.stderr.write(String(lost))
      process.exit(3)
    `
    const flags = ['--conditions=@countersign/source', '--input-type=module', '-e', program]
    const full = openSync('/dev/full', 'w')
    const stdio = ['ignore', full, 'pipe'] satisfies StdioOptions
    const options = { stdio, timeout: 20_000, killSignal: 'SIGKILL' } as const
    const { status, stderr } = spawnSync(process.execPath, flags, options)
    closeSync(full)
    assert.equal(status, 3)
    const lost = Number(String(stderr))
    assert.ok(lost > 40_000 && lost < 100_001, `${lost} lines`)
  })

test('[18.28] once a full disk has room, the log says how many lines were lost, and why', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder])
  t.after(() => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  if (mounted.status !== 0) return t.skip('needs the right to mount a file system')
  const [ballast, path] = [join(folder, 'ballast'), join(folder, 'log')]
  writeFileSync(ballast, 'x'.repeat(16 * 1024))
  const program = `
    import { createLog } from '${import.meta.resolve('./log.ts')}'
    const log = createLog({ level: 'info', readable: false })
    for (let line = 0; line < 60_000; line++) log.info({}, '${'x'.repeat(150)}')
    process.send('written')
    process.on('message', () => process.exit(0))
  `
  const flags = ['--conditions=@countersign/source', '--input-type=module', '-e', program]
  const output = openSync(path, 'a')
  const child = spawn(process.execPath, flags, { stdio: ['ignore', output, 'inherit', 'ipc'] })
  closeSync(output)
  t.after(() => child.kill('SIGKILL'))
  await once(child, 'message')
  rmSync(ballast)
  spawnSync('mount', ['-o', 'remount,size=64m', folder])
  const warning = /"lines":\d+,"cause":"ENOSPC","msg":"log lines were lost/
  while (!warning.test(readFileSync(path, 'utf8')))
    await new Promise((done) => setTimeout(done, 50))
  child.send('end')
  await once(child, 'exit')
  const lines = readFileSync(path, 'utf8').trim().split('\n')
  const last = JSON.parse(lines.at(-1)!) as { lines: number }
  assert.equal(lines.length - 1 + last.lines, 60_000)
})
