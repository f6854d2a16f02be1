import {
  createSigner,
  exportPrivateJwk,
  importPrivateKey,
  toJwks,
  type Algorithm,
} from '@countersign/token'
import { fixedClock, throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createGuard } from '../index.ts'

const issuer = 'https://login.example.com/tenant/v2.0'
const clock = fixedClock(1_800_000_000)
const key = throwawayKey('RS256')
const { alg: _, ...privateJwk } = exportPrivateJwk(key)
const keys = toJwks([key]).keys.map(({ alg: __, ...jwk }) => jwk) // as Entra ID publishes them

const fetchDocuments: typeof fetch = async (input) => {
  const url = String(input)
  if (url.endsWith('/.well-known/openid-configuration'))
    return Response.json({ issuer, jwks_uri: 'https://login.example.com/keys' })
  return url.endsWith('/keys') ? Response.json({ keys }) : new Response('', { status: 404 })
}

const tokenBy = (alg: 'RS256' | 'PS256') => {
  const signer = createSigner({
    key: importPrivateKey(privateJwk, alg),
    issuer,
    lifetime: 900,
    clock,
  })
  return signer.sign({ sub: 'ada', aud: 'api' })
}

async function verdict(algorithms: readonly Algorithm[] | undefined, alg: 'RS256' | 'PS256') {
  const trust = { issuer, audience: 'api', ...(algorithms && { algorithms }) }
  const guard = createGuard({ ...trust, clock, fetch: fetchDocuments })
  const answer = await guard.checkToken(tokenBy(alg))
  return answer.allowed ? 'allowed' : answer.cause?.code
}

test('[18.14] a guard accepts an issuer whose keys have no alg, by default with RS256', async () => {
  assert.equal(await verdict(undefined, 'RS256'), 'allowed')
  assert.equal(await verdict(undefined, 'PS256'), 'key_algorithm_wrong')
  assert.equal(await verdict(['PS256'], 'PS256'), 'allowed')
  assert.equal(await verdict(['RS256', 'PS256'], 'PS256'), 'allowed')
  assert.equal(await verdict(['PS256'], 'RS256'), 'algorithm_not_allowed')
})

test('[18.14] the explanation says which setting a key without alg needs', async () => {
  const guard = createGuard({ issuer, audience: 'api', clock, fetch: fetchDocuments })
  await guard.ready()
  const request = {
    method: 'GET',
    url: '/',
    header: (name: string) => (name === 'authorization' ? `Bearer ${tokenBy('PS256')}` : undefined),
  }
  const { likelyCause } = await guard.explain(request)
  assert.match(likelyCause ?? '', /has no alg and is used with RS256.*name that one in algorithms/)
})
