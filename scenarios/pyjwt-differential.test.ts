import {
  createVerifier,
  exportPublicPem,
  generateKey,
  importSecret,
  localKeySet,
  systemClock,
  type Seconds,
  type SigningKey,
} from '@countersign/token'
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  corpus,
  parties,
  withSpareBits,
  type Specimen,
} from '../packages/token/src/corpus.fixture.ts'
import { forge, headerFor, part, signText } from '../packages/token/src/forge.fixture.ts'
import { askPython, pythonLacks } from './python.fixture.ts'

/** The tokens that every PyJWT accepts, with the options closest to our defaults, and that we refuse on purpose: exactly these. */
const alwaysAccepted = [
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
  'crit with b64',
  'kid unknown',
  'padding after the signature',
]

/** One thing that some PyJWT accept and some refuse. A version number does not tell which: Debian mends 2.6.0 and keeps its number. */
interface Leniency {
  /** A token outside the corpus that PyJWT accepts exactly when it has this leniency. */
  readonly probe: (key: SigningKey, now: Seconds) => string
  /** The tokens of the corpus that it then accepts as well, and only then. */
  readonly accepts: readonly string[]
}

const claimsAt = (now: Seconds) =>
  ({ ...parties, sub: 'ada', iat: now, exp: now + 600, jti: 'probe' }) as const
const withHeader = (change: object) => (key: SigningKey, now: Seconds) =>
  forge(key, { ...headerFor(key), ...change }, claimsAt(now))
const withClaims = (change: (now: Seconds) => object) => (key: SigningKey, now: Seconds) =>
  forge(key, headerFor(key), { ...claimsAt(now), ...change(now) })

const wronglyPadded = (text: string) => `${text}${text.length % 4 === 3 ? '==' : '='}`

/** The leniencies that PyJWT 2.6.0 to 2.15.1 and Debian's patches of it differ in. */
const leniencies: Readonly<Record<string, Leniency>> = {
  'iat need not be a number': {
    probe: withClaims((now) => ({ iat: `${now - 60}` })),
    accepts: ['iat as text'],
  },
  'sub need not be text': {
    probe: withClaims(() => ({ sub: ['ada'] })),
    accepts: ['sub as a number'],
  },
  'jti need not be text': {
    probe: withClaims(() => ({ jti: true })),
    accepts: ['jti as a number'],
  },
  'kid need not be text': {
    probe: withHeader({ kid: { a: 1 } }),
    accepts: ['kid as a number'],
  },
  // CVE-2026-32597
  'crit is ignored': {
    probe: withHeader({ crit: ['probe', 'exp'], probe: true }),
    accepts: ['crit unknown', 'crit empty', 'crit of a registered name'],
  },
  'letters outside base64url are skipped or translated': {
    probe: (key, now) => withHeader({})(key, now).replace(/.{9}$/, '!!!!$&'),
    accepts: ['plain base64 in the signature'],
  },
  'the last letter may have bits that do not count': {
    probe: (key, now) => withSpareBits(withHeader({})(key, now)),
    accepts: ['spare bits in the signature'],
  },
  'signed parts may have wrong padding': {
    probe: (key, now) =>
      signText(key, `${wronglyPadded(part(headerFor(key)))}.${part(claimsAt(now))}`),
    accepts: ['padding in the claims, signed'],
  },
}

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
print(json.dumps(answers))
`

async function pyJwtClaims(key: SigningKey, tokens: readonly Specimen[]) {
  const secret = () => key.key.export().toString()
  const asked = {
    ...parties,
    algorithm: key.algorithm,
    key: key.key.type === 'secret' ? secret() : exportPublicPem(key),
    tokens,
  }
  return new Map(Object.entries(await askPython<Record<string, object>>(program, asked)))
}

const keys = [
  generateKey('ES256'),
  importSecret('HkN0pQ7vXy2LrT9cWb4sZd8fGa1jEm6u', 'HS256', { id: 'shared' }),
]

suite('beside PyJWT', { skip: pythonLacks('python3-jwt', 'python3-cryptography') }, () => {
  for (const key of keys) {
    test(`${key.algorithm}: PyJWT accepts what we accept, with the same claims, and otherwise only the listed tokens`, async () => {
      const verifier = createVerifier({
        issuer: parties.iss,
        audience: parties.aud,
        algorithms: [key.algorithm],
        keys: localKeySet([key]),
      })
      const now = systemClock.now()
      const tokens = corpus(key, now)
      const probes = Object.entries(leniencies).map(([name, { probe }]) => ({
        name: `probe: ${name}`,
        token: probe(key, now),
      }))
      const theirs = await pyJwtClaims(key, [...tokens, ...probes])
      for (const { name, token } of probes) assert.ok(verifier.explain(token).code, name)
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
      const sometimesAccepted = Object.entries(leniencies)
        .filter(([name]) => theirs.has(`probe: ${name}`))
        .flatMap(([, { accepts }]) => accepts)
      assert.deepEqual(laxer.toSorted(), [...alwaysAccepted, ...sometimesAccepted].toSorted())
    })
  }
})
