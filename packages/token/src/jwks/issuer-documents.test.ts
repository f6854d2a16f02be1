import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import type { Algorithm } from '../jws/algorithms.ts'
import { keysOf } from './key-document.ts'
import { localKeySet, type Jwks } from './key-set.ts'

// The key sets that well-known issuers publish (vectors/README.md says where they come from).

interface Document {
  readonly jwks: Jwks
}

/** The number of keys of each document that are for signatures of a known type and strong enough, by the algorithm that they are used with. */
const usable: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  apple: { RS256: 3 },
  'battle-net': { RS256: 2 }, // plain base64, and a leading zero octet
  discord: { RS256: 1 },
  docker: { RS256: 2 },
  dropbox: { RS256: 1 },
  'entra-common': { RS256: 7 }, // none of them has an alg
  'entra-organizations': { RS256: 6 },
  facebook: { RS256: 2 },
  'fixture-auth0': { RS256: 2 },
  'fixture-keycloak': { RS256: 1 }, // the other is for encryption
  'fixture-okta': { RS256: 2 },
  'fixture-onelogin': { RS256: 1 },
  'fixture-vault': { RS256: 2 },
  gitlab: { RS256: 2 },
  google: { RS256: 2 },
  klarna: { RS256: 4 },
  lego: { RS256: 5 },
  mojeid: { RS256: 1 },
  paypal: { ES256: 7, PS256: 3, RS256: 4 }, // leading zero octets; the other one is for encryption (X25519)
  slack: { RS256: 1 },
  spotify: { RS256: 3 },
  twitch: { RS256: 1 },
  verimi: { RS256: 2 },
  yahoo: { ES256: 1 }, // its RSA keys have 1,024 bits (RFC 7518, section 3.3)
}

suite('[18.14, 18.31] every key set of a well-known issuer gives its keys', () => {
  for (const [name, expected] of Object.entries(usable))
    test(name, () => {
      const file = new URL(`../../../../vectors/issuers/${name}.json`, import.meta.url)
      const { jwks } = JSON.parse(readFileSync(file, 'utf8')) as Document
      const counts: Record<string, number> = {}
      const set = localKeySet(jwks)
      for (const { id, algorithm } of keysOf(jwks)) {
        counts[algorithm] = (counts[algorithm] ?? 0) + 1
        const found = set.find({ alg: algorithm, kid: id }, new Set<Algorithm>([algorithm]))
        assert.equal(found?.algorithm, algorithm, id)
      }
      assert.deepEqual(counts, expected)
    })
})
