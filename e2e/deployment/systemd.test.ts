// deploy/countersign.service, which the deployment guide shows: systemd accepts it, it confines the server, and the server works within it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { assessOpenFiles } from '../../packages/server/src/cli/doctor/assessments.ts'
import { exitCodes } from '../../packages/server/src/cli/exit-codes.ts'
import { findProgram, howToGet } from '@countersign/testing/debian'
import { substituted } from '@countersign/testing/guides'
import { root, scratch } from '@countersign/testing/files'
import { freePort, get, post } from '@countersign/testing/http'
import { countersign, run, start } from '@countersign/testing/process'
import { python, pythonLacks } from '@countersign/testing/python'

const analyze = process.platform === 'linux' ? findProgram('systemd-analyze', 'systemd') : undefined
const skip = analyze === undefined && howToGet('systemd')
const unit = readFileSync(join(root, 'deploy/countersign.service'), 'utf8')

/** Returns the values of a setting of the unit, in order. */
const valuesOf = (name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value)

function analyzer(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(String(analyze), args, { encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

test('systemd accepts every line, and rates the unit as well confined', { skip }, () => {
  using folder = scratch()
  const file = join(folder.path, 'countersign.service')
  const program =
    '/usr/bin/node /srv/countersign/node_modules/@countersign/server/dist/bin/countersign.js'
  writeFileSync(file, substituted(unit, { [program]: countersign.join(' ') }))
  assert.deepEqual(analyzer('verify', '--man=no', '--recursive-errors=no', file), {
    status: 0,
    output: '',
  })
  const rated = analyzer('security', '--offline=true', '--threshold=20', '--no-pager', file) // of 100, where 0 is best
  assert.equal(rated.status, 0, rated.output)
})

test('the unit sets the limits, timeouts and exit codes that the server needs', () => {
  const http = { host: 'localhost', port: 443, maxConnections: 10_000 }
  const tls = { certificateFile: 'c', keyFile: 'k', redirectPort: 80 }
  const files = Number(valuesOf('LimitNOFILE'))
  assert.equal(assessOpenFiles(files, { http, tls }).verdict, 'ok')
  assert.ok(files > 3 * http.maxConnections + 250, 'localhost is two sockets')
  assert.ok(Number(valuesOf('TimeoutStopSec')) > 10, 'it answers what is under way for ten seconds')
  assert.deepEqual(valuesOf('RestartPreventExitStatus'), [String(exitCodes.config.code)])
  assert.deepEqual(
    valuesOf('MemoryDenyWriteExecute'),
    [],
    'the engine writes the code that it runs',
  )
})

/** Returns every system call of one of systemd's sets, which may contain other sets. */
function callsOf(name: string): ReadonlySet<string> {
  const sets = new Map<string, string[]>()
  let calls: string[] = []
  for (const line of analyzer('--no-pager', 'syscall-filter').output.split('\n')) {
    if (line.startsWith('@')) sets.set(line.trim(), (calls = []))
    else if (/^ +[@\w]/.test(line)) calls.push(line.trim())
  }
  const all = (set: string): readonly string[] =>
    set.startsWith('@') ? (sets.get(set) ?? assert.fail(set)).flatMap(all) : [set]
  return new Set(all(name))
}

/** Returns the system calls that a filter allows; a line with a tilde removes its sets. */
function allowed(lines: readonly string[]): readonly string[] {
  let left = callsOf('@default')
  for (const line of lines) {
    const sets = line.replace(/^~/, '').split(' ').map(callsOf)
    for (const set of sets) left = line.startsWith('~') ? left.difference(set) : left.union(set)
  }
  return [...left]
}

// Sets the kernel's filter as systemd does, and then executes the program.
const confined = `
import errno, os, seccomp, sys
filter = seccomp.SyscallFilter(seccomp.ERRNO(errno.EPERM))
for name in open(sys.argv[1]).read().split():
    try: filter.add_rule(seccomp.ALLOW, name)
    except RuntimeError: pass # of another processor
filter.load()
os.execv(sys.argv[2], sys.argv[2:])
`

for (const [name, filter] of [
  ['the unit’s filter', valuesOf('SystemCallFilter')],
  ['a stricter filter', [...valuesOf('SystemCallFilter'), '~@resources']],
] as const) {
  const lacks = skip || pythonLacks('python3-seccomp')
  test(`within ${name} of system calls the server signs users in`, { skip: lacks }, async () => {
    using folder = scratch()
    const port = await freePort()
    const url = `http://localhost:${port}`
    const env = {
      COUNTERSIGN_ISSUER_URL: url,
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/c.db`,
      COUNTERSIGN_KEYS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }
    const password = 'correct horse battery'
    const made = await run([...countersign, 'user', 'add', 'ada'], { env, input: password })
    assert.equal(made.code, 0, made.output)
    const calls = join(folder.path, 'calls')
    writeFileSync(calls, allowed(filter).join('\n'))
    await using server = await start([python, '-c', confined, calls, ...countersign, 'serve'], {
      env,
    })
    const { status, body } = await post(`${url}/login`, { username: 'ada', password })
    assert.equal(status, 200, server.output())
    assert.equal((await get(`${url}/me`, String(body['token']))).status, 200)
    await server.stop()
    assert.equal(await server.ended, 0, server.output())
  })
}
