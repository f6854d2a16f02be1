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

/** What PyJWT 2.6 accepts, with the options closest to our defaults, and we refuse: exactly this, and each on purpose. */
const stricterThanPyJwt = [
  'sub as a number',
  'sub empty',
  'jti as a number',
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
  'crit unknown',
  'crit empty',
  'crit of a registered name',
  'crit with b64',
  'kid as a number', // until 2.10
  'kid unknown',
  'padding after the signature',
  'plain base64 in the signature',
  'spare bits in the signature',
  'padding in the claims, signed',
]

const program = `
import json, sys, jwt
asked = json.load(sys.stdin)
answers = {}
for one in asked["tokens"]:
    try:
        answers[one["name"]] = jwt.decode(one["token"], asked["key"], algorithms=[asked["algorithm"]], leeway=5,
            audience=asked["aud"], issuer=asked["iss"], options={"require": ["iss", "sub", "aud", "exp", "iat", "jti"]})
    except Exception:
        pass
print(json.dumps({"version": jwt.__version__, "answers": answers}))
`

async function pyJwtClaims(key: SigningKey, tokens: ReturnType<typeof corpus>) {
  const secret = () => key.key.export().toString()
  const asked = {
    ...parties,
    algorithm: key.algorithm,
    key: key.key.type === 'secret' ? secret() : exportPublicPem(key),
    tokens,
  }
  const told = await askPython<{ version: string; answers: Record<string, object> }>(program, asked)
  return { version: told.version, theirs: new Map(Object.entries(told.answers)) }
}

const keys = [
  generateKey('ES256'),
  importSecret('HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u', 'HS256', { id: 'shared' }),
]

suite('beside PyJWT', { skip: pythonLacks('python3-jwt', 'python3-cryptography') }, () => {
  for (const key of keys) {
    test(`${key.algorithm}: it accepts what we accept, with the same claims, and else only what is on the list`, async () => {
      const verifier = createVerifier({
        issuer: parties.iss,
        audience: parties.aud,
        algorithms: [key.algorithm],
        keys: localKeySet([key]),
      })
      const tokens = corpus(key, systemClock.now())
      const { version, theirs } = await pyJwtClaims(key, tokens)
      const laxer: string[] = []
      let accepted = 0
      for (const { name, token } of tokens) {
        const { code } = verifier.explain(token)
        if (code === undefined) {
          accepted++
          assert.deepEqual(theirs.get(name), { ...verifier.verify(token).claims }, name)
        } else if (theirs.has(name)) laxer.push(name)
      }
      assert.ok(accepted > 5)
      if (version === '2.6.0') assert.deepEqual(laxer.toSorted(), stricterThanPyJwt.toSorted())
      // later ones refuse more
      assert.deepEqual(
        laxer.filter((name) => !stricterThanPyJwt.includes(name)),
        [],
      )
    })
  }
})
