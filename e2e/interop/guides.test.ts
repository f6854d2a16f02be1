import { createTestIssuer } from '@countersign/guard/testing'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { blockOf, importBlock, serving, type App, type FetchApp } from '@countersign/testing/guides'
import { root } from '@countersign/testing/files'

const frameworks = ['Hono', 'Fastify', 'Express', 'Koa', 'node:http', 'fetch'] as const

suite('five lines protect a route, in', () => {
  const now = Math.floor(Date.now() / 1000)
  const url = 'https://auth.example.com'
  for (const [at, name] of frameworks.entries()) {
    test(name, async () => {
      const issuer = createTestIssuer({ url, audience: 'https://api.example.com', now })
      const platform = globalThis.fetch
      globalThis.fetch = (input, init) =>
        String(input).startsWith(url) ? issuer.fetch(input, init) : platform(input, init)
      try {
        const block = await importBlock<{ app?: App; GET?: FetchApp['fetch'] }>(
          'protect-a-route.md',
          at + 1,
        )
        await using served = await serving(block.app ?? { fetch: block.GET! })
        const ask = (token?: string) =>
          fetch(
            `${served.url}/notes`,
            token ? { headers: { authorization: `Bearer ${token}` } } : {},
          )
        const good = await ask(issuer.token({ sub: 'bob' }))
        assert.deepEqual(await good.json(), { owner: 'bob' })
        const refused = [await ask(), await ask(issuer.badToken('of another key'))]
        assert.deepEqual(
          refused.map(({ status }) => status),
          [401, 401],
        )
      } finally {
        globalThis.fetch = platform
      }
    })
  }
})

test('the tests in the guides pass', () => {
  const flags = ['--conditions=@countersign/source', '--input-type=module-typescript', '--eval']
  const { NODE_TEST_CONTEXT: _, ...env } = process.env // or the tests would report to this runner
  const code = blockOf('test-your-routes.md', 'ts', 1)
  const result = spawnSync(process.execPath, [...flags, code], { cwd: root, encoding: 'utf8', env })
  assert.equal(result.status, 0, result.stdout + result.stderr)
  assert.match(result.stdout, /pass 5/)
})
