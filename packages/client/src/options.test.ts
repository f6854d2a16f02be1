import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSession, type SessionOptions } from './index.ts'

const options: SessionOptions = { url: 'https://auth.example.com', mode: 'bearer' }

for (const unknown of ['orgins', 'storge', 'Fetch', 'baseUrl', 'toString']) {
  test(`createSession rejects the unknown option ${unknown} and names the options`, () => {
    const create = () => createSession({ ...options, [unknown]: undefined })
    assert.throws(create, {
      code: 'option_invalid',
      message: new RegExp(
        `: ${unknown} is unknown; use url, mode, storage, origins, onStepUp, fetch$`,
      ),
    })
  })
}

test('createSession rejects an unknown mode, which would otherwise count as bearer mode', () => {
  for (const mode of ['cookies', 'Bearer', undefined])
    assert.throws(() => createSession({ ...options, mode } as never), { code: 'option_invalid' })
})
