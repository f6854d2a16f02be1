import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { issuerKeySet } from './issuer-key-set.ts'
import { toJwks } from './key-set.ts'
import { header, key } from './remote-issuer.fixture.ts'
import { remoteKeySet } from './remote-key-set.ts'

suite('[18.33] plain http inside a cluster', () => {
  const own = 'http://keycloak:8080'
  const issuer = `${own}/realms/one`
  const answering = (jwks_uri: string) => {
    const received: string[] = []
    const fetch = async (input: unknown) => {
      received.push(String(input))
      return Response.json(
        String(input).includes('well-known') ? { issuer, jwks_uri } : toJwks([key]),
      )
    }
    return { received, fetch }
  }

  test('needs an exception that names the address', async () => {
    assert.throws(() => issuerKeySet(issuer), { code: 'policy_invalid' })
    const { fetch } = answering(`${own}/certs`)
    const keys = issuerKeySet(issuer, { fetch, allowInsecureHttp: own })
    await keys.refresh()
    assert.ok(keys.find(header(key)))
    assert.ok(remoteKeySet(`${own}/certs`, { allowInsecureHttp: own }))
  })

  test('is allowed for that address only, port included', () => {
    for (const other of ['http://keycloak', 'http://keycloak:8081', 'http://keycloak.example:8080'])
      assert.throws(() => issuerKeySet(other, { allowInsecureHttp: own }), {
        code: 'policy_invalid',
      })
  })

  test('[B13] does not let the issuer direct a request at this machine or at another address', async () => {
    for (const elsewhere of ['http://127.0.0.1/keys', 'http://other:8080/keys']) {
      const { fetch, received } = answering(elsewhere)
      const keys = issuerKeySet(issuer, { fetch, allowInsecureHttp: own })
      await assert.rejects(keys.refresh(), { code: 'key_set_unavailable' })
      assert.ok(
        received.every((url) => url.startsWith(own)),
        received.join(),
      )
    }
  })

  test('the exception is an http origin and nothing else', () => {
    for (const allowInsecureHttp of [
      '',
      '*',
      'keycloak:8080',
      `${own}/`,
      'https://keycloak:8080',
      true,
    ])
      assert.throws(
        () => remoteKeySet('https://a.example', { allowInsecureHttp: allowInsecureHttp as string }),
        { code: 'policy_invalid' },
      )
  })
})
