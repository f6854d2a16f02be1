import {
  createSigner,
  exportPublicJwk,
  exportPublicPem,
  generateKey,
  importSecret,
  inspect,
  type Algorithm,
} from '@countersign/token'
import { fixedClock, throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { corpus, parties } from '@countersign/testing/corpus'

// The debugger's own files, as browsers load them: what they find is held against the token engine.
interface Check {
  readonly verdict: 'good' | 'bad' | 'note'
  readonly name: string
  readonly says: string
}
interface Reading {
  readonly header?: object
  readonly claims?: object
  readonly checks: readonly Check[]
}
const file = (name: string) => new URL(`../../../../assets/${name}`, import.meta.url).href
const { read, tidy } = (await import(file('token.js'))) as {
  read(token: string, now: number): Reading
  tidy(text: string): string
}
const { checkSignature } = (await import(file('signature.js'))) as {
  checkSignature(token: string, keys: string): Promise<Pick<Check, 'verdict' | 'says'>>
}

const now = 1_800_000_000
const key = throwawayKey('ES256')
const shapes = new Set(['Size', 'Form', 'Header', 'Claims', 'Signature'])

test('the debugger rejects the form of every token that the token package cannot parse; others both parse alike', () => {
  let refused = 0
  for (const { name, token } of corpus(key, now)) {
    const { header, claims, checks } = read(token, now)
    const faults = checks.filter((one) => one.verdict === 'bad' && shapes.has(one.name))
    try {
      const engine = inspect(token)
      for (const one of faults) assert.equal(one.name, 'Signature', name) // `inspect` leaves it alone
      assert.deepEqual({ header, claims }, { header: engine.header, claims: engine.claims }, name)
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error
      refused++
      assert.notEqual(faults.length, 0, name)
    }
  }
  assert.ok(refused > 10)
})

test('a good token has no errors, and each broken one has exactly its own', () => {
  const sign = (change: object, header: object = {}) => {
    const head = { alg: 'ES256', typ: 'at+jwt', kid: 'a', ...header }
    const body = { ...parties, sub: 'ada', iat: now, exp: now + 600, ...change }
    const part = (one: object) => Buffer.from(JSON.stringify(one)).toString('base64url')
    return `${part(head)}.${part(body)}.AAAA`
  }
  const rows = [
    [sign({}), ''],
    [sign({ exp: now - 1 }), 'Expiry'],
    [sign({ exp: now }), 'Expiry'],
    [sign({ exp: undefined }), 'Expiry'],
    [sign({ exp: (now + 600) * 1000 }), 'Expiry'],
    [sign({ exp: 'soon' }), 'Expiry'],
    [sign({ nbf: now + 3600 }), 'Not before'],
    [sign({ iat: now + 3600 }), 'Issued at'],
    [sign({ iss: '' }), 'Issuer'],
    [sign({ aud: [] }), 'Audience'],
    [sign({ aud: ['a', 7] }), 'Audience'],
    [sign({ sub: 7 }), 'Subject'],
    [sign({}, { alg: 'none' }), 'Algorithm'],
    [sign({}, { alg: 'es256' }), 'Algorithm'],
    [sign({}, { alg: undefined }), 'Algorithm'],
    [sign({}, { crit: ['b64'] }), 'Critical'],
    ['a.b.c.d.e', 'Form'],
    ['csrt_abc', 'Form'],
    [`${'a'.repeat(20_000)}.b.c`, 'Size'],
  ] as const
  for (const [token, fault] of rows) {
    const bad = read(token, now).checks.filter(({ verdict }) => verdict === 'bad')
    assert.deepEqual(bad.map(({ name }) => name).join(), fault, token.slice(0, 90))
  }
  const notes = read(sign({ exp: now + 90 * 86_400 }, { typ: 'JWT', jku: 'https://x' }), now).checks
  const noted = notes.filter(({ verdict }) => verdict === 'note').map(({ name }) => name)
  assert.deepEqual(noted, ['Type', 'Keys', 'Lifetime'])
})

test('text that is copied along with a token is removed', () => {
  for (const text of ['Bearer a.b.c', ' "a.b.c"\n', 'Authorization: bearer a.b\n .c', "'a.b.c'"])
    assert.equal(tidy(text), 'a.b.c', text)
})

test('a signature is verified with the same result as by the token package, for every algorithm of browsers', async () => {
  const names: readonly Algorithm[] = ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'PS384']
  for (const name of names) {
    const own = throwawayKey(name)
    const other = generateKey(name)
    const token = signed(own)
    const jwk = exportPublicJwk(own)
    const verdict = async (keys: unknown) =>
      (await checkSignature(token, typeof keys === 'string' ? keys : JSON.stringify(keys))).verdict
    assert.equal(await verdict(jwk), 'good', name)
    assert.equal(await verdict({ keys: [exportPublicJwk(other), jwk] }), 'good', name)
    assert.equal(await verdict(exportPublicPem(own)), 'good', name)
    assert.equal(await verdict(exportPublicPem(other)), 'bad', name)
    assert.equal(await verdict({ ...exportPublicJwk(other), kid: own.id }), 'bad', name)
    assert.equal(await verdict({ keys: [exportPublicJwk(other)] }), 'bad', name)
    assert.equal(await verdict({ keys: [] }), 'bad', name)
    assert.equal(await verdict('{'), 'bad', name)
    assert.equal(await verdict(''), 'note', name)
    const at = token.lastIndexOf('.') + 1
    const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
    assert.equal((await checkSignature(changed, JSON.stringify(jwk))).verdict, 'bad', name)
  }
})

test('a shared secret is imported as text, and a public key never is', async () => {
  const secret = 'thirty-two bytes that are no password'
  const token = signed(importSecret(secret, 'HS256'))
  assert.equal((await checkSignature(token, secret)).verdict, 'good')
  assert.equal((await checkSignature(token, 'another secret that does not fit')).verdict, 'bad')
  const pem = exportPublicPem(throwawayKey('RS256'))
  assert.equal((await checkSignature(token, pem)).verdict, 'bad')
})

function signed(own: Parameters<typeof createSigner>[0]['key']): string {
  const clock = fixedClock(now)
  const signer = createSigner({ key: own, issuer: parties.iss, lifetime: 600, clock })
  return signer.sign({ sub: 'ada', aud: parties.aud })
}
