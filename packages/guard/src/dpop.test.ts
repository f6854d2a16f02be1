import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bound, proof } from './adapters/dpop-rows.contract.ts'
import { clock, verifier } from './adapters/guard-rows.contract.ts'
import { createGuard, type GuardOptions, type RequestView } from './index.ts'

const url = 'https://api.example/base'
const view = (headers: readonly (readonly [string, string])[], path = '/'): RequestView => ({
  method: 'GET',
  url: path,
  header: (name) => headers.find(([own]) => own === name)?.[1],
})
const guardWith = (options: Partial<GuardOptions> = {}) =>
  createGuard({ verifier, clock, dpop: { url }, onEvent: () => undefined, ...options } as never)

test('[21.37] a request may be checked and explained more than once, and another with its proof is refused', async () => {
  const guard = guardWith()
  const request = view(bound())
  assert.ok((await guard.explain(request)).allowed, 'an explanation uses nothing')
  assert.ok((await guard.check(request)).allowed)
  assert.ok((await guard.check(request)).allowed, 'as a program does that checks twice')
  const copy = await guard.check(view(bound()))
  assert.equal(copy.allowed, false)
  assert.equal(copy.cause?.facts['check'], 'jti')
})

test('an explanation names each check of a proof, with a cause', async () => {
  const guard = guardWith()
  const good = await guard.explain(view(bound()))
  const names = good.checks.map(({ name }) => name).filter((name) => name.startsWith('DPoP '))
  assert.equal(names.length, 13)
  assert.ok(good.checks.every(({ verdict }) => verdict === 'passed'))
  const bad = await guard.explain(view(bound(proof({ htu: 'https://api.example/' }))))
  assert.deepEqual([bad.code, bad.cause], ['proof_invalid', 'proof_invalid'])
  const failed = bad.checks.find(({ verdict }) => verdict === 'failed')
  assert.equal(failed?.name, 'DPoP htu')
  assert.equal(failed.expected, 'https://api.example/base/')
  assert.match(failed.found, /api\.example/)
  assert.match(bad.likelyCause ?? '', /set url of its dpop/)
  assert.equal(bad.checks.find(({ name }) => name === 'DPoP iat')?.verdict, 'not reached')
  const plain = await guard.explain(view(bound(undefined, 'Bearer')))
  assert.match(plain.likelyCause ?? '', /sent as a plain bearer token/)
})

test('[21.38] the URL comes from the options: dpop.url, the resource, or the audience, and never from a request', async () => {
  const admits = async (options: Partial<GuardOptions>, htu: string, path = '/') => {
    const answer = await guardWith(options).check(view(bound(proof({ htu })), path))
    return answer.allowed
  }
  const resource = { url: 'https://notes.example/api' }
  assert.ok(await admits({ dpop: {}, resource }, 'https://notes.example/'))
  assert.ok(await admits({ dpop: { url: [url, 'https://b.example/'] } }, 'https://b.example/'))
  assert.ok(await admits({}, `${url}/`, 'https://evil.example/'), 'only its path is used')
  assert.ok(!(await admits({}, 'https://evil.example/', 'https://evil.example/')))
  assert.ok(!(await admits({ dpop: {} }, 'https://api.example/')), 'a verifier has no audience')
})

test('invalid options are refused', () => {
  for (const dpop of [
    { url: 'api.example' },
    { url: 'https://a@b' },
    { nonceSecret: 'short' },
    { u: 1 },
  ])
    assert.throws(() => guardWith({ dpop: dpop as never }), { code: 'guard_invalid' })
})
