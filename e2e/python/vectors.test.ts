// The Python package judges the published vectors, and a corpus of unusual tokens, as our own verifier does.
import { parties, corpus } from '@countersign/testing/corpus'
import { root } from '@countersign/testing/files'
import { askPython, pythonLacks } from '@countersign/testing/python'
import {
  createVerifier,
  decodeStatusList,
  generateKey,
  localKeySet,
  systemClock,
  toJwks,
  type Algorithm,
  type Jwks,
} from '@countersign/token'
import { guardFailures } from '@countersign/guard'
import { publicAlgorithms } from '@countersign/token/internal'
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, suite, test } from 'node:test'

const program = `
import json, logging, sys
from countersign import Guard
from countersign.keys import Keys, keys_of
from countersign.refusals import REFUSALS, Refused, Rejected
from countersign.status_list import StatusList, inflate
from countersign.tokens import decode, parse_object
asked = json.load(sys.stdin)
logging.disable()

def known(jwks):
    keys = Keys("https://issuer.example")
    keys._keys, keys.fresh_until = keys_of(jwks), float("inf")
    return keys

def answer(work):
    try:
        return work()
    except Rejected as error:
        return error.code

guard = Guard(asked["iss"], asked["aud"], revocation="none", clock=lambda: asked["now"])

def statuses(one):
    held = StatusList("", guard, None, None)
    held._packed, held._bits = inflate(one["encoded"])
    held._confirmed_at, held._expires_at = float("inf"), float("inf")
    return [len(held._packed) * 8 // held._bits, [held.status_at(index) for index in one["indexes"]]]

def signature(one):
    head, payload, last = one["token"].split(".")
    algorithm, key = known(one["jwks"]).find("own", one["alg"])
    return [algorithm.verify(f"{head}.{text}".encode(), key, decode(last)) for text in (payload, payload + "A")]

def read_list(token, key):
    other = Guard("https://example.com", "any", clock=lambda: asked["now"])
    held = StatusList("https://example.com/statuslists/1", other, known({"keys": [key]}), None)
    return held.verify(token, "statuslist+jwt", ("status_list",))

print(json.dumps({
    "tokens": [answer(lambda: guard._verify(one["token"], known(asked["jwks"]))) for one in asked["tokens"]],
    "keySets": [sorted(map(list, keys_of(jwks))) for jwks in asked["keySets"]],
    "lists": [statuses(one) for one in asked["lists"]],
    "listToken": answer(lambda: read_list(asked["listToken"], asked["listKey"])),
    "listOfAnotherKey": answer(lambda: read_list(asked["listToken"], {**asked["jwks"]["keys"][0], "kid": "12"})),
    "signatures": [signature(one) for one in asked["signatures"]],
    "refusals": REFUSALS,
}))
`

const read = (path: string) =>
  JSON.parse(readFileSync(join(root, 'vectors', path), 'utf8')) as unknown

type EncodedStatusList = Parameters<typeof decodeStatusList>[0]

interface KeySetCase {
  readonly case: string
  readonly jwks: Jwks
}
interface ListVectors {
  readonly lists: readonly EncodedStatusList[]
  readonly long_lists: readonly (EncodedStatusList & {
    readonly set: readonly (readonly [number, number])[]
  })[]
  readonly token: string
  readonly key: object
}
interface SignedVector {
  readonly origin: string
  readonly algorithm: Algorithm
  readonly jwk: Readonly<Record<string, unknown>>
  readonly token: string
}
interface Answers {
  readonly tokens: readonly (string | object)[]
  readonly keySets: readonly (readonly [string, string])[][]
  readonly lists: readonly (readonly [number, readonly string[]])[]
  readonly listToken: Readonly<Record<string, unknown>> | string
  readonly listOfAnotherKey: string
  readonly signatures: readonly (readonly boolean[])[]
  readonly refusals: Readonly<Record<string, readonly [number, string | null, string]>>
}

const key = generateKey('ES256')
const now = systemClock.now()
const tokens = corpus(key, now)
const vectors = read('status-list.json') as ListVectors
/** Each list with the indexes to read: all of the short ones, and of the long ones those that are set, with their neighbours. */
const lists = [
  ...vectors.lists.map((encoded) => ({
    encoded,
    indexes: Array.from({ length: decodeStatusList(encoded).size }, (_, index) => index),
  })),
  ...vectors.long_lists.map(({ set, ...encoded }) => ({
    encoded,
    indexes: set.flatMap(([index]) => [index, index + 1]),
  })),
]
const isKnown = (alg: string) => !/^(HS|ML-DSA)/.test(alg) // stricter, as the guide says
const signed = ['rfc7515', 'rfc7520', 'rfc9964']
  .flatMap((name) => read(`${name}.json`) as readonly SignedVector[])
  .filter(({ algorithm }) => isKnown(algorithm))
const keySets: readonly KeySetCase[] = [
  ...(read('key-sets.json') as readonly KeySetCase[]),
  ...globSync('issuers/*.json', { cwd: join(root, 'vectors') })
    .toSorted()
    .map((file) => ({ case: file, ...(read(file) as { readonly jwks: Jwks }) })),
]

/** Returns what our own key set finds, by kid and algorithm, as a guard without `algorithms` does: RS256 for an RSA key without `alg`. */
function foundIn(jwks: Jwks): string[] {
  const set = localKeySet(jwks)
  const kids = new Set(
    jwks.keys.flatMap(({ kid }) => (typeof kid === 'string' && kid !== '' ? [kid] : [])),
  )
  const pairs = [...kids].flatMap((kid) =>
    publicAlgorithms
      .filter(isKnown)
      .filter((alg) => set.find({ kid, alg })?.algorithm === alg)
      .map((alg) => `${kid} ${alg}`),
  )
  return pairs.toSorted()
}

suite('the Python package', { skip: pythonLacks('python3-jwt', 'python3-cryptography') }, () => {
  let answers: Answers
  before(async () => {
    answers = await askPython<Answers>(program, {
      ...parties,
      now,
      jwks: toJwks([key]),
      tokens,
      keySets: keySets.map(({ jwks }) => jwks),
      lists,
      listToken: vectors.token,
      listKey: vectors.key,
      signatures: signed.map(({ algorithm, jwk, token }) => {
        const members = Object.entries(jwk).filter(([name]) => !/^(d|p|q|dp|dq|qi)$/.test(name))
        const half = { ...Object.fromEntries(members), alg: algorithm, kid: 'own' }
        return { alg: algorithm, token, jwks: { keys: [half] } }
      }),
    })
  })

  test('accepts of a corpus of unusual tokens exactly what our verifier accepts, with the same claims', () => {
    const verifier = createVerifier({
      issuer: parties.iss,
      audience: parties.aud,
      algorithms: ['ES256'],
      keys: localKeySet([key]),
    })
    let accepted = 0
    for (const [at, { name, token }] of tokens.entries()) {
      const { code } = verifier.explain(token)
      const answer = answers.tokens[at]
      if (code === undefined) {
        accepted++
        assert.deepEqual(answer, { ...verifier.verify(token).claims }, name)
      } else assert.equal(answer, code === 'token_expired' ? code : 'token_invalid', name)
    }
    assert.ok(accepted > 5)
  })

  test('finds the same keys in every key set', () => {
    for (const [at, { case: name, jwks }] of keySets.entries())
      assert.deepEqual(
        answers.keySets[at]?.map((pair) => pair.join(' ')).toSorted(),
        foundIn(jwks),
        name,
      )
    assert.ok(answers.keySets.flat().length > 50)
  })

  test('reads every status list as the draft says, and verifies the one that is signed', () => {
    for (const [at, { encoded, indexes }] of lists.entries()) {
      const list = decodeStatusList(encoded)
      const expected = indexes.map((index) => (list.get(index) === 0 ? 'good' : 'revoked'))
      assert.deepEqual(answers.lists[at], [list.size, expected])
    }
    assert.equal((answers.listToken as { sub?: string }).sub, 'https://example.com/statuslists/1')
    assert.equal(answers.listOfAnotherKey, 'token_invalid')
  })

  test('verifies the signatures of the RFCs, and refuses changed tokens', () => {
    assert.ok(signed.length >= 5)
    for (const [at, { origin, algorithm }] of signed.entries())
      assert.deepEqual(answers.signatures[at], [true, false], `${origin} ${algorithm}`)
  })

  test('has the refusals of our guards', () => {
    const ours = Object.fromEntries(
      Object.keys(answers.refusals).map((code) => {
        const failure: {
          readonly status: number
          readonly challenge?: string
          readonly message: string
        } = guardFailures[code as keyof typeof guardFailures]
        return [code, [failure.status, failure.challenge ?? null, failure.message]]
      }),
    )
    assert.deepEqual(answers.refusals, ours)
  })
})
