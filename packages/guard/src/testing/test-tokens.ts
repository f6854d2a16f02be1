import { createSigner, generateKey, type SigningKey } from '@countersign/token'
import type { SignableClaims } from '@countersign/token/internal'
import { fixedClock, type FixedClock } from '@countersign/token/testing'
import type { TestStatusLists } from './test-status-lists.ts'

const lifetime = 900 // seconds

/** The name of a fault that a token has. */
export type BadToken =
  | 'expired'
  | 'from the future'
  | 'of another audience'
  | 'of another issuer'
  | 'of another key'
  | 'of an unknown key'
  | 'of another type'
  | 'bound to a key'
  | 'tampered with'
  | 'unsigned'
  | 'cut off'
  | 'opaque'

interface SignWithParts {
  readonly url: string
  readonly audience: string
  readonly clock: FixedClock
  readonly lists: TestStatusLists
}

/** Returns the signing function of one key, with deviations. */
export type SignWith = (
  key: SigningKey,
  deviations?: { readonly at?: number; readonly by?: string; readonly type?: string },
) => (claims?: Partial<SignableClaims>) => string

/** Creates the signing functions of an issuer. */
export function createSignWith({ url, audience, clock, lists }: SignWithParts): SignWith {
  return (key, { at = 0, by = url, type = 'at+jwt' } = {}) => {
    const then = fixedClock(clock.now() + at)
    const signer = createSigner({ key, issuer: by, lifetime, type, clock: then })
    return (claims = {}) =>
      signer.sign({ sub: 'ada', aud: audience, status: lists.newStatus(), ...claims })
  }
}

/** Returns a token with that fault. */
export function spoiled(
  fault: BadToken,
  signWith: SignWith,
  key: SigningKey,
  claims: Partial<SignableClaims> = {},
): string {
  const good = signWith(key)(claims)
  const [head = '', body = '', signature = ''] = good.split('.')
  switch (fault) {
    case 'expired':
      return signWith(key, { at: -2 * lifetime })(claims)
    case 'from the future':
      return signWith(key, { at: 2 * lifetime })(claims)
    case 'of another audience':
      return signWith(key)({ ...claims, aud: 'https://other.example' })
    case 'of another issuer':
      return signWith(key, { by: 'https://other.example' })(claims)
    case 'of another key':
      return `${head}.${body}.${signWith(generateKey(key.algorithm))(claims).split('.')[2]}`
    case 'of an unknown key':
      return signWith(generateKey(key.algorithm))(claims)
    case 'of another type':
      return signWith(key, { type: 'JWT' })(claims)
    case 'bound to a key':
      return signWith(key)({
        ...claims,
        cnf: { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' },
      })
    case 'tampered with':
      return `${head}.${toSegment({ ...claims, sub: 'eve' })}.${signature}`
    case 'unsigned':
      return `${toSegment({ alg: 'none', typ: 'at+jwt' })}.${body}.`
    case 'cut off':
      return good.slice(0, -9)
    case 'opaque':
      return 'csrt_0123456789abcdefghijklmnopqrstuvwxyz'
  }
}

function toSegment(value: object): string {
  return btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_')
}
