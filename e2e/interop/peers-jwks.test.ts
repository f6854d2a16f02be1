import { createRemoteJWKSet, jwtVerify } from 'jose'
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { scratch } from '@countersign/testing/files'
import { freePort, post } from '@countersign/testing/http'
import { countersign, start } from '@countersign/testing/process'
import { tampered } from '@countersign/testing/tokens'
import { askPython, pythonLacks } from '@countersign/testing/python'

/** A peer that verifies a token with only the address of our server; returns the claims, or the name of its error. */
type Verify = (url: string, token: string) => Promise<object | string>

const jose: Verify = (url, token) => {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', url))
  return jwtVerify(token, keys, { issuer: url, audience: url, typ: 'at+jwt' }).then(
    ({ payload }) => payload,
    (error: Error) => error.name,
  )
}

const pyJwtProgram = `
import json, sys, jwt
asked = json.load(sys.stdin)
url, token = asked["url"], asked["token"]
key = jwt.PyJWKClient(url + "/.well-known/jwks.json").get_signing_key_from_jwt(token).key
try:
    print(json.dumps(jwt.decode(token, key, algorithms=["ES256"], audience=url, issuer=url,
                                options={"require": ["exp", "iat", "iss", "aud", "sub", "jti"]})))
except jwt.PyJWTError as error:
    print(json.dumps(type(error).__name__))
`

const authlibProgram = `
import json, sys, urllib.request
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError
asked = json.load(sys.stdin)
url, token = asked["url"], asked["token"]
metadata = json.load(urllib.request.urlopen(url + "/.well-known/oauth-authorization-server"))
keys = JsonWebKey.import_key_set(json.load(urllib.request.urlopen(metadata["jwks_uri"])))
wanted = {"iss": {"essential": True, "value": url}, "aud": {"essential": True, "value": url}}
try:
    claims = JsonWebToken(["ES256"]).decode(token, keys, claims_options=wanted)
    claims.validate()
    print(json.dumps(dict(claims)))
except JoseError as error:
    print(json.dumps(type(error).__name__))
`

const asksPython =
  (program: string): Verify =>
  (url, token) =>
    askPython(program, { url, token })

const verifiers = [
  { name: 'jose', verify: jose, skip: false },
  {
    name: 'PyJWT',
    verify: asksPython(pyJwtProgram),
    skip: pythonLacks('python3-jwt', 'python3-cryptography'),
  },
  {
    name: 'Authlib',
    verify: asksPython(authlibProgram),
    skip: pythonLacks('python3-authlib', 'python3-cryptography'),
  },
] as const

suite('a token of our server is verified from its key set by', () => {
  const folder = scratch()
  const opened = new AsyncDisposableStack()
  let url = ''
  let token = ''

  before(async () => {
    const port = await freePort()
    url = `http://localhost:${port}`
    const env = {
      COUNTERSIGN_HTTP_PORT: String(port),
      COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/d.db`,
    }
    opened.use(await start([...countersign, 'dev'], { env }))
    const { body } = await post(`${url}/login`, { username: 'admin', password: 'password' })
    token = String(body['token'])
  })

  after(async () => {
    await opened.disposeAsync()
    folder[Symbol.dispose]()
  })

  for (const { name, verify, skip } of verifiers) {
    test(name, { skip }, async () => {
      const claims = await verify(url, token)
      assert.equal((claims as Record<string, unknown>)['username'], 'admin')
      assert.match(String(await verify(url, tampered(token))), /Signature/)
    })
  }
})
