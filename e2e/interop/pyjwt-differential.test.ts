import {
  createVerifier,
  exportPublicPem,
  generateKey,
  importSecret,
  localKeySet,
  systemClock,
  type SigningKey,
} from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { corpus, parties } from '@countersign/testing/corpus'
import { askPython, pythonLacks } from '@countersign/testing/python'

/**
 * Checks that some releases of PyJWT lack, and the tokens of the corpus that each of them refuses. Debian updates its package without a new
 * version number, so the test asks PyJWT itself: for each check it signs one token of its own (`probes`) and sees whether it is accepted.
 */
const checksOfSomeReleases = {
  // CVE-2026-32597: Debian's 2.6.0-1+deb12u1, and later releases
  crit: ['crit unknown', 'crit empty', 'crit of a registered name'],
  kidType: ['kid as a number'], // since 2.10
  subType: ['sub as a number'], // since 2.10
  jtiType: ['jti as a number'], // since 2.10
} as const

/** The tokens that every release of PyJWT accepts, with the options closest to our defaults, and that we refuse on purpose. */
const stricterThanPyJwt = [
  'sub empty',
  'jti empty',
  'aud as a list with an empty text',
  'exp as text',
  'exp in ten years',
  'exp huge',
  'iat negative',
  'nbf as text',
  'a claim twice',
  'a claim twice, once escaped',
  'a claim twice, deep inside',
  'claims with a byte order mark',
  'claims nested 100 deep',
  'claims with 1,000 members',
  '9,000 characters',
  'typ JWT',
  'no typ',
  'typ of a logout token',
  'a header member twice',
  'crit with b64', // PyJWT supports RFC 7797
  'kid unknown',
  'padding after the signature',
  'plain base64 in the signature',
  'spare bits in the signature',
  'padding in the claims, signed',
]

const program = `
import base64, hashlib, hmac, json, sys, jwt
asked = json.load(sys.stdin)
answers = {}
for one in asked["tokens"]:
    try:
        answers[one["name"]] = jwt.decode(one["token"], asked["key"], algorithms=[asked["algorithm"]], leeway=5,
            audience=asked["aud"], issuer=asked["iss"], options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"]})
    except Exception:
        pass

secret = b"a secret of the probes, 32 bytes"
def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")
def refuses(header, claims):
    signed = encode(json.dumps({"alg": "HS256", **header}).encode()) + b"." + encode(json.dumps(claims).encode())
    token = signed + b"." + encode(hmac.new(secret, signed, hashlib.sha256).digest())
    try:
        jwt.decode(token.decode(), secret, algorithms=["HS256"])
        return False
    except jwt.InvalidTokenError:
        return True
assert not refuses({}, {})
checks = {
    "crit": refuses({"crit": ["urn:probe"], "urn:probe": 1}, {}),
    "kidType": refuses({"kid": 7}, {}),
    "subType": refuses({}, {"sub": 7}),
    "jtiType": refuses({}, {"jti": 7}),
}
print(json.dumps({"checks": checks, "answers": answers}))
`

type Check = keyof typeof checksOfSomeReleases

async function askPyJwt(key: SigningKey, tokens: ReturnType<typeof corpus>) {
  const secret = () => key.key.export().toString()
  const question = {
    ...parties,
    algorithm: key.algorithm,
    key: key.key.type === 'secret' ? secret() : exportPublicPem(key),
    tokens,
  }
  const { checks, answers } = await askPython<{
    readonly checks: Readonly<Record<Check, boolean>>
    readonly answers: Readonly<Record<string, object>>
  }>(program, question)
  const missingChecks = Object.entries(checksOfSomeReleases).filter(
    ([check]) => !checks[check as Check],
  ) // its own keys
  const expectedLaxer = [...stricterThanPyJwt, ...missingChecks.flatMap(([, names]) => names)]
  return { accepted: new Map(Object.entries(answers)), expectedLaxer }
}

const keys = [
  generateKey('ES256'),
  importSecret('HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u', 'HS256', { id: 'shared' }),
]

suite('beside PyJWT', { skip: pythonLacks('python3-jwt', 'python3-cryptography') }, () => {
  for (const key of keys) {
    test(`${key.algorithm}: PyJWT accepts what we accept, with the same claims, and beyond that only what is listed`, async () => {
      const verifier = createVerifier({
        issuer: parties.iss,
        audience: parties.aud,
        algorithms: [key.algorithm],
        keys: localKeySet([key]),
      })
      const tokens = corpus(key, systemClock.now())
      const { accepted, expectedLaxer } = await askPyJwt(key, tokens)
      const laxer: string[] = []
      let acceptedByUs = 0
      for (const { name, token } of tokens) {
        const { code } = verifier.explain(token)
        if (code === undefined) {
          acceptedByUs++
          assert.deepEqual(accepted.get(name), { ...verifier.verify(token).claims }, name)
        } else if (accepted.has(name)) laxer.push(name)
      }
      assert.ok(acceptedByUs > 5)
      assert.deepEqual(laxer.toSorted(), expectedLaxer.toSorted())
    })
  }
})
