import { loadConfig } from '../../packages/server/src/config/load.ts'
import { withAda, password } from '../../packages/server/src/http/api/api.fixture.ts'
import { addTotp } from '../../packages/server/src/http/api/factors.fixture.ts'
import { freePort } from '@countersign/testing/http'
import { scratch } from '@countersign/testing/files'
import { blockOf, importBlock } from '@countersign/testing/guides'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const guide = 'second-factors.md'

interface Block {
  signIn(
    url: string,
    username: string,
    password: string,
    ask: () => string,
  ): Promise<Readonly<Record<string, unknown>>>
}

test('the sign-in of the guide takes both steps, and one step of a user without a factor', async () => {
  const port = await freePort()
  const { server } = await withAda({ COUNTERSIGN_HTTP_PORT: String(port) })
  await using _ = server
  await server.listen()
  const { signIn } = await importBlock<Block>(guide, 1)
  const url = `http://localhost:${port}`
  const never = () => assert.fail('it asks for a code')
  assert.ok((await signIn(url, 'ada', password, never))['token'])
  const { code } = await addTotp(server)
  server.clock.advance(30)
  assert.ok((await signIn(url, 'ada', password, code))['token'])
  assert.equal((await signIn(url, 'ada', password, () => '12345'))['code'], 'body_invalid')
})

test('the settings of the guide require a factor of administrators', () => {
  using folder = scratch()
  const file = join(folder.path, 'countersign.toml')
  writeFileSync(file, blockOf(guide, 'toml', 1))
  const { factors } = loadConfig({ mode: 'development', file })
  assert.deepEqual(factors.requiredFor, ['admin'])
})
