import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { testServer, type TestServer } from '@countersign/server/testing'
import { format } from 'node:util'
import {
  packageExamples,
  promisedOutput,
  readPublicExports,
  writeExamples,
} from './examples.fixture.ts'

const index = new URL('index.ts', import.meta.url)
const examples = packageExamples(index)

suite('examples', () => {
  const folder = writeExamples(examples)
  let server: TestServer
  before(async () => {
    server = await testServer()
  })
  after(async () => {
    await server.close()
    folder[Symbol.dispose]()
  })

  test('every public export has an example', () => {
    const exports = readPublicExports(index)
    assert.ok(exports.length >= 18, 'the exports of index.ts are found')
    const missing = exports.filter((one) => one.examples.length === 0).map(({ name }) => name)
    assert.deepEqual(missing, [])
  })

  test('every example passes the type check', async () => {
    await folder.typeCheck()
  })

  for (const [name, code] of examples) {
    test(`the example of ${name} runs against a server and prints what its comments say`, async (t) => {
      const printed: string[] = []
      t.mock.method(console, 'log', (...values: unknown[]) => printed.push(format(...values)))
      t.mock.method(
        globalThis,
        'fetch',
        async (...request: ConstructorParameters<typeof Request>) =>
          server.fetch(new Request(...request)),
      )
      await folder.run(name)
      for (const line of promisedOutput(code))
        assert.ok(printed.includes(line), `${line} is not in ${format(printed)}`)
    })
  }
})
