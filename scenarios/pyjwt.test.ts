import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { installDebian, mayInstall } from '../tools/debian.fixture.ts'
import { countersign, freePort, post, run, scratch, start, tampered } from './process.fixture.ts'

const python = '/usr/bin/python3' // Debian's own, which sees Debian's packages

/** Whether Debian's PyJWT is here. On a CI machine of its own it is installed; nobody else's machine is touched. */
function hasPyJwt(): boolean {
  const present = () => spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0
  if (present()) return true
  if (!mayInstall) return false
  installDebian('python3-jwt', 'python3-cryptography')
  return present()
}

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
    t.skip('needs PyJWT: apt-get install python3-jwt python3-cryptography')
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
