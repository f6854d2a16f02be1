import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createApiTokenSigner, createApiTokenVerifier, parseApiToken } from './api-token.ts'
import { checksum } from './text-hash.ts'

const secret = Buffer.alloc(32, 'secret').toString('base64url')
const signer = createApiTokenSigner(Buffer.alloc(32, 'one'))
const written = signer.write(secret)

test('an API token says who has made it, and a mistyped one is none', () => {
  assert.match(written, /^csk_[\w-]{135}$/)
  const parts = parseApiToken(written)
  assert.equal(parts?.secret, secret)
  const isOurs = createApiTokenVerifier(signer.publicKey)
  assert.ok(parts && isOurs(parts))

  const other = createApiTokenSigner(Buffer.alloc(32, 'other'))
  const theirs = parseApiToken(other.write(secret))
  assert.ok(theirs && !isOurs(theirs), 'of another issuer')
  assert.ok(!isOurs({ ...parts, secret: Buffer.alloc(32, 'else').toString('base64url') }))
  for (const key of ['', 'AAAA', 'no key', secret.repeat(2)])
    assert.ok(!createApiTokenVerifier(key)(parts), 'without a key none is')

  for (const at of [10, 60, written.length - 1]) {
    const letter = written[at] === 'x' ? 'y' : 'x'
    assert.equal(parseApiToken(written.slice(0, at) + letter + written.slice(at + 1)), undefined)
  }
  for (const text of ['', 'csk_', written.slice(1), `${written}\n`, ` ${written}`])
    assert.equal(parseApiToken(text), undefined)
  assert.equal(parseApiToken(`csk_${secret}${checksum(secret)}`), undefined, 'without a signature')
})
