import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasPyJwt, python, wanted } from './pyjwt.fixture.ts'
import { countersign, freePort, post, run, scratch, start, tampered } from './process.fixture.ts'

const program = `
import json, sys, urllib.request, jwt
url, token = sys.argv[1], sys.argv[2]
keys = json.load(urllib.request.urlopen(url + "/.well-known/jwks.json"))["keys"]
kid = jwt.get_unverified_header(token)["kid"]
key = jwt.PyJWK([one for one in keys if one["kid"] == kid][0]).key
claims = jwt.decode(token, key, algorithms=["ES256"], audience=url, issuer=url,
                    options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]})
print(json.dumps(claims))
`

test('PyJWT verifies a token of ours from our JWKS', async (t) => {
  if (!hasPyJwt()) {
    t.skip(wanted)
    return
  }
  using folder = scratch()
  const port = await freePort()
  const url = `http://localhost:${port}`
  const env = {
    COUNTERSIGN_HTTP_PORT: String(port),
    COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
  }
  await using _server = await start([...countersign, 'dev'], { env })
  const { body } = await post(`${url}/login`, { username: 'admin', password: 'password' })
  const good = await run([python, '-c', program, url, String(body['token'])])
  assert.equal(good.code, 0, good.output)
  assert.equal((JSON.parse(good.output) as Record<string, unknown>)['username'], 'admin')
  const bad = await run([python, '-c', program, url, tampered(String(body['token']))])
  assert.match(bad.output, /InvalidSignatureError/)
})
