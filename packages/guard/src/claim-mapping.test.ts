import { createLegacyVerifier, localKeySet } from '@countersign/token'
import { fixedClock, throwawayKey } from '@countersign/token/testing'
import { forge } from '@countersign/testing/tokens'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { createGuard, keycloakClient, type ClaimMapping, type GuardOptions } from './index.ts'

const key = throwawayKey()
const clock = fixedClock(1_800_000_000)
const issuer = 'https://issuer.example'
const good = {
  iss: issuer,
  sub: 'ada',
  aud: 'api',
  iat: clock.now(),
  exp: clock.now() + 60,
  jti: 'j',
}
const trust = { issuer, audience: 'api', keys: localKeySet([key]) }
const tokenWith = (claims: object) =>
  forge(key, { alg: 'ES256', typ: 'at+jwt', kid: key.id }, { ...good, ...claims })

/** Returns the scopes and roles that a guard reads from a token. */
async function rights(mapping: ClaimMapping | undefined, claims: object) {
  const guard = createGuard({ ...trust, clock, ...(mapping && { mapping }) })
  const answer = await guard.checkToken(tokenWith(claims))
  assert.ok(answer.allowed)
  const { scopes, roles } = answer.principal
  return { scopes: [...scopes], roles: [...roles] }
}

suite('[18.16] scopes are read from', () => {
  const rows: readonly (readonly [string, ClaimMapping | undefined, object, readonly string[]])[] =
    [
      ['scope, as text', undefined, { scope: 'a b' }, ['a', 'b']],
      ['nothing else by default', undefined, { scope: ['a'], scp: 'b' }, []],
      ['scp, as text', { scopes: 'scp' }, { scp: ' a  b ', scope: 'c' }, ['a', 'b']],
      ['scp, as a list', { scopes: 'scp' }, { scp: ['a', 'b', 7, ''] }, ['a', 'b']],
      ['scope, as a list', { scopes: 'scope' }, { scope: ['a', 'b'] }, ['a', 'b']],
      ['a list, whose texts are not split', { scopes: 'scp' }, { scp: ['a b'] }, ['a b']],
      [
        'several claims',
        { scopes: ['scope', 'permissions'] },
        { scope: 'a', permissions: ['b'] },
        ['a', 'b'],
      ],
      [
        'what a function returns',
        { scopes: ({ x }) => (x as { y: string }).y },
        { x: { y: 'a' } },
        ['a'],
      ],
      ['no claim of that name', { scopes: 'constructor' }, {}, []],
      ['a claim of another form', { scopes: 'scp' }, { scp: { a: true } }, []],
    ]
  for (const [name, mapping, claims, expected] of rows)
    test(name, async () => assert.deepEqual((await rights(mapping, claims)).scopes, expected))
})

suite('[18.16] roles are read from', () => {
  const access = { realm_access: { roles: ['r'] }, resource_access: { api: { roles: ['c'] } } }
  const rows: readonly (readonly [string, ClaimMapping | undefined, object, readonly string[]])[] =
    [
      ['roles, as a list', undefined, { roles: ['a', 'b'] }, ['a', 'b']],
      ['nothing else by default', undefined, { roles: 'a', groups: ['b'] }, []],
      [
        'roles, as one text that is one role',
        { roles: 'roles' },
        { roles: 'super admin' },
        ['super admin'],
      ],
      ['groups', { roles: 'groups' }, { groups: ['a'], roles: ['b'] }, ['a']],
      ['a claim with a colon', { roles: 'cognito:groups' }, { 'cognito:groups': ['a'] }, ['a']],
      ['one client of Keycloak', keycloakClient('api').mapping, access, ['c']],
      ['no other client of Keycloak', keycloakClient('other').mapping, access, []],
      ['no damaged claim', keycloakClient('api').mapping, { resource_access: 'x' }, []],
    ]
  for (const [name, mapping, claims, expected] of rows)
    test(name, async () => assert.deepEqual((await rights(mapping, claims)).roles, expected))
})

test('[18.16] each issuer has a mapping of its own, or that of the guard; a verifier has that of the guard', async () => {
  const other = 'https://other.example'
  const verifier = createLegacyVerifier({
    algorithms: ['ES256'],
    keys: trust.keys,
    audience: 'api',
    clock,
  })
  const untyped = (iss: string) =>
    forge(key, { alg: 'ES256', kid: key.id }, { ...good, iss, scp: 'a', groups: ['g'] })
  const rolesBy = async (options: GuardOptions, token: string) => {
    const answer = await createGuard({ clock, ...options }).checkToken(token)
    return answer.allowed ? [...answer.principal.roles] : answer.cause?.code
  }
  const issuers = [
    { ...trust, type: 'JWT or none', mapping: { roles: 'scp' } },
    { issuer: other, verifier },
  ]
  const mapping = { roles: 'groups' }
  assert.deepEqual(await rolesBy({ issuers, mapping }, untyped(issuer)), ['a'])
  assert.deepEqual(await rolesBy({ issuers, mapping }, untyped(other)), ['g'])
  assert.deepEqual(await rolesBy({ verifier, mapping }, untyped(other)), ['g'])
})

test('[18.16] an explanation names the claim that a mapping should read, and never one that it reads', async () => {
  const causeOf = async (mapping: ClaimMapping | undefined, claims: object) => {
    const guard = createGuard({ ...trust, clock, ...(mapping && { mapping }) })
    const header = () => `Bearer ${tokenWith(claims)}`
    const request = { method: 'GET', url: '/', header }
    return (await guard.explain(request, { scopes: ['read'] })).likelyCause ?? ''
  }
  assert.match(await causeOf(undefined, { scp: 'write' }), /in scp: name that claim in mapping/)
  assert.match(
    await causeOf(undefined, { scope: ['read'] }),
    /in scope: name that claim in mapping/,
  )
  assert.doesNotMatch(await causeOf({ scopes: 'scp' }, { scp: 'write' }), /mapping/)
  assert.doesNotMatch(await causeOf(undefined, { scope: 'write', scp: 'read' }), /mapping/)
})

test('[18.16] a mapping that could read nothing is refused when the guard is created', () => {
  for (const mapping of [
    { scope: 'scp' },
    { scopes: '' },
    { scopes: [] },
    { roles: [7] },
    { roles: {} },
  ])
    assert.throws(() => createGuard({ ...trust, mapping: mapping as never }), {
      code: 'guard_invalid',
    })
})
