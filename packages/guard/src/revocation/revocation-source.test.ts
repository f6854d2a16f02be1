import { createSigner, createVerifier, localKeySet } from '@countersign/token'
import { throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  guardConnection,
  createGuard,
  type RevocationOptions,
  type RevocationSource,
} from '../index.ts'

const key = throwawayKey()
const [issuer, audience] = ['https://issuer.example', 'api']
const verifier = createVerifier({
  issuer,
  audience,
  algorithms: ['ES256'],
  keys: localKeySet([key]),
})
const uri = `${issuer}/status-lists/1`
const signer = createSigner({ key, issuer, lifetime: 60 })
const token = (idx?: number) =>
  signer.sign({
    sub: 'ada',
    aud: audience,
    ...(idx === undefined ? {} : { status: { status_list: { idx, uri } } }),
  })

/** Creates a source that the test controls. */
function sourceOf() {
  const revoked = new Set<string>()
  const listeners = new Set<(uri: string, index: number) => void>()
  const source: RevocationSource = {
    statusOf(list, index) {
      if (index === 99) return 'unknown'
      return revoked.has(`${list}#${index}`) ? 'revoked' : 'good'
    },
    onRevoked(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const revoke = (index: number) => {
    revoked.add(`${uri}#${index}`)
    for (const one of listeners) one(uri, index)
  }
  return { source, revoke, listeners }
}
const guardWith = (source: RevocationSource, more: RevocationOptions = {}) =>
  createGuard({ verifier, revocation: { source, ...more }, maxExplanations: 0 })

suite('an in-process source', () => {
  test('a token is refused from the moment of its revocation, with no network and no wait', () => {
    const { source, revoke } = sourceOf()
    const guard = guardWith(source)
    const [one, other] = [token(1), token(2)]
    const code = (text: string) => {
      const answer = guard.checkToken(text)
      assert.ok(!(answer instanceof Promise), 'it answers at once')
      return answer.allowed ? 'allowed' : answer.problem.code
    }
    assert.deepEqual([code(one), code(other)], ['allowed', 'allowed'])
    revoke(1)
    assert.deepEqual([code(one), code(other)], ['token_revoked', 'allowed'])
    assert.equal(code(token(99)), 'revocation_unknown')
    assert.equal(code(token()), 'token_invalid', 'a token without a status')
  })

  test('a status unknown to the source is accepted if the options say so, and so is a token without a status', async () => {
    const guard = guardWith(sourceOf().source, { whenStale: 'accept', required: false })
    assert.ok((await guard.checkToken(token(99))).allowed)
    assert.ok((await guard.checkToken(token())).allowed)
  })

  test('an open connection ends at once, and only that one; a closed guard no longer listens', async () => {
    const { source, revoke, listeners } = sourceOf()
    const guard = guardWith(source)
    const ended: string[] = []
    for (const idx of [1, 2, 3]) {
      const answer = await guard.checkToken(token(idx))
      assert.ok(answer.allowed)
      guardConnection(guard, answer.principal, { end: (reason) => ended.push(`${idx} ${reason}`) })
      if (idx === 3) revoke(3)
    }
    revoke(2)
    revoke(2)
    assert.deepEqual(ended, ['3 token_revoked', '2 token_revoked'])
    guard.close()
    assert.equal(listeners.size, 0)
  })

  test('a connection that is guarded after its token was revoked ends at once', async () => {
    const { source, revoke } = sourceOf()
    const guard = guardWith(source)
    const answer = await guard.checkToken(token(4))
    assert.ok(answer.allowed)
    revoke(4)
    const ended: string[] = []
    guardConnection(guard, answer.principal, { end: (reason) => ended.push(reason) })
    assert.deepEqual(ended, ['token_revoked'])
  })
})

test('a listener for a status is called once, and never after it unsubscribed', async () => {
  const { source, revoke } = sourceOf()
  const guard = guardWith(source)
  const notices: string[] = []
  for (const idx of [1, 2]) {
    const answer = await guard.checkToken(token(idx))
    assert.ok(answer.allowed)
    guard.onRevoked(answer.principal, (reason) => notices.push(`${idx} ${reason}`))
    guard.onRevoked(answer.principal, () => assert.fail('it was unsubscribed'))()
  }
  revoke(2)
  revoke(2)
  assert.deepEqual(notices, ['2 token_revoked'])
})

test('a guard that cannot synchronize lists is rejected', () => {
  for (const revocation of ['feed', 'poll'] as const)
    assert.throws(() => createGuard({ verifier, revocation }), { code: 'guard_invalid' })
  for (const wrong of [
    { source: 'push' },
    { source: {} },
    { maxStale: 5 },
    { maxStale: Number.NaN },
    { whenStale: 'ignore' },
  ])
    assert.throws(() => createGuard({ issuer, audience, revocation: wrong as never }), {
      code: 'guard_invalid',
    })
})
