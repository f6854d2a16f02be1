import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSession, type SessionOptions } from './index.ts'

const options: SessionOptions = { url: 'https://auth.example.com', mode: 'bearer' }

for (const slip of ['orgins', 'storge', 'Fetch', 'baseUrl', 'toString']) {
  test(`a session with ${slip} is not made, and what there is is named`, () => {
    const made = () => createSession({ ...options, [slip]: undefined })
    assert.throws(made, {
      code: 'option_invalid',
      message: new RegExp(`: ${slip} is none of url, mode, storage, origins, fetch$`),
    })
  })
}

test('a mode that there is not is refused too, for cookies would be taken for tokens', () => {
  for (const mode of ['cookies', 'Bearer', undefined])
    assert.throws(() => createSession({ ...options, mode } as never), { code: 'option_invalid' })
})
