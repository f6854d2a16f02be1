import { createVerifier, generateKey, localKeySet } from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseToken } from './extract-token.ts'
import { createGuard } from './index.ts'

const verifier = createVerifier({
  issuer: 'https://issuer.example',
  audience: 'api',
  algorithms: ['ES256'],
  keys: localKeySet([generateKey('ES256')]),
})
const guard = createGuard({ verifier })
const ask = (authorization: string) =>
  guard.check({ method: 'GET', url: '/', header: () => authorization })

const kilobytes64 = 65_536

suite('[C22, C24] any content of an Authorization header', () => {
  const pieces = [
    'Bearer ',
    'bearer',
    ' ',
    '\t',
    '\n',
    '\u0000',
    ',',
    '.',
    '=',
    '%',
    '"',
    '\\',
    'A',
  ]
  const odd = ['\u00e9', '\u00ff', '\ud800', '\u{1f600}', '%00', '%zz', '\r\nx: y']

  test('is refused with 400 or 401, and never throws', async () => {
    for (const one of [...pieces, ...odd]) {
      for (const text of [one, `Bearer ${one}`, `Bearer a.b.c${one}`, `${one}Bearer a.b.c`]) {
        const answer = await ask(text)
        assert.ok(!answer.allowed && [400, 401].includes(answer.status), JSON.stringify(text))
      }
    }
  })

  test('of 64 kB is refused at once', async () => {
    for (const one of [...pieces, ...odd]) {
      for (const start of ['', 'Bearer ', 'Bearer a.b.', ' ']) {
        const text = start + one.repeat(kilobytes64 / one.length)
        const from = process.cpuUsage()
        assert.equal((await ask(text)).allowed, false)
        const milliseconds = process.cpuUsage(from).user / 1000 // CPU time: a clock would count other programs too
        // quadratic time would be seconds
        assert.ok(milliseconds < 500, `${JSON.stringify(text.slice(0, 20))}: ${milliseconds} ms`)
      }
    }
  })
})

test('[C24] two headers, which arrive as one with a comma, are malformed even when both are the same', () => {
  const header = (value: string) =>
    parseToken({ method: 'GET', url: '/', header: () => value }).kind
  assert.equal(header('Bearer a.b.c'), 'token')
  assert.equal(header('Bearer a.b.c, Bearer a.b.c'), 'malformed')
  assert.equal(header('Basic eA==, Bearer a.b.c'), 'malformed')
})
