import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { startRemoteIssuer } from '../testing/remote-issuer.fixture.ts'

test('a process whose guard is connected to a feed ends once the guard is closed', async () => {
  await using far = await startRemoteIssuer()
  const { url, audience } = far.issuer
  const program = `
    import { createGuard } from '@countersign/guard'
    const clock = { now: () => ${far.issuer.clock.now()} }
    const guard = createGuard({ issuer: '${url}', audience: '${audience}', clock, revocation: 'feed' })
    const answer = await guard.checkToken('${far.issuer.token()}')
    while (guard.health().lists[0]?.feed !== 'open') await new Promise((go) => setTimeout(go, 5))
    console.log(answer.allowed)
    process.on('message', () => { guard.close(); process.disconnect() })`
  const child = spawn(
    process.execPath,
    ['--conditions=@countersign/source', '--input-type=module', '--eval', program],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], cwd: import.meta.dirname },
  )
  try {
    const [said] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    assert.equal(said.toString().trim(), 'true')
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(60_000) })
    child.send('close')
    assert.deepEqual(await ended, [0, null])
  } finally {
    child.kill('SIGKILL')
  }
})
