import { isAudience, type Claims } from './claims.ts'
import { systemClock, type Clock, type Seconds } from './clock.ts'
import { fail } from './failures.ts'
import { encodeHeader, signCompact } from './jws.ts'
import { assertKey, type SigningKey } from './key.ts'
import { assertOptions, type NamesOf } from './options.ts'
import { newTokenId } from './token-id.ts'

/** How tokens are signed. The three without `?` have no defaults. */
export interface SignerOptions {
  /** The key, or a function that gives the one to use now. */
  readonly key: SigningKey | (() => SigningKey)
  /** Who signs: becomes `iss`. */
  readonly issuer: string
  /** How long a token lives, in seconds: `exp` is now plus this. At most one day. */
  readonly lifetime: Seconds
  /** The header's `typ`; default `at+jwt` (RFC 9068, section 2.1). */
  readonly type?: string
  /** Default: the machine's clock. */
  readonly clock?: Clock
}

/** What a signer is told. It adds `iss`, `iat`, `exp` and `jti` itself, and refuses to be told them. */
export interface SignableClaims extends Claims {
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly iss?: never
  readonly iat?: never
  readonly exp?: never
  readonly jti?: never
}

/** Signs tokens for one issuer. */
export interface Signer {
  /**
   * A signed token in compact form. `atMost` makes it live shorter than the signer's lifetime, in seconds. Throws
   * `claim_reserved` and `claims_unsignable`.
   */
  sign(claims: SignableClaims, atMost?: Seconds): string
}

const names = {
  key: true,
  issuer: true,
  lifetime: true,
  type: true,
  clock: true,
} as const satisfies NamesOf<SignerOptions>

const day = 86_400 // seconds; a token that lives longer is a session, and sessions can be ended

/** Makes a signer. No lifetime, no signer: fails with `signer_invalid`. */
export function createSigner(options: SignerOptions): Signer {
  const invalid = (detail: string) => fail('signer_invalid', { detail })
  assertOptions(options, names, invalid)
  const { key, issuer, lifetime, type = 'at+jwt', clock = systemClock } = options
  if (typeof issuer !== 'string' || issuer === '') throw invalid('it needs an issuer')
  if (typeof lifetime !== 'number' || !(lifetime >= 1 && lifetime <= day))
    throw invalid(`it needs a lifetime of 1 to ${day} seconds`)
  const keyNow = headedKey(key, type)

  return Object.freeze({
    sign(claims: SignableClaims, atMost = lifetime): string {
      const iat = clock.now()
      assertSignable(claims)
      if (!(atMost >= 1))
        throw fail('claims_unsignable', { detail: 'the token would live less than a second' })
      const { key: signingKey, header } = keyNow()
      const exp = iat + Math.min(lifetime, atMost)
      const stamped = { iss: issuer, ...claims, iat, exp, jti: newTokenId() }
      return signCompact(header, stamped, signingKey)
    },
  })
}

interface HeadedKey {
  readonly key: SigningKey
  readonly header: string
}

/** Gives the key to use now, with the header of what it signs, written once for each key. */
export function headedKey(key: SignerOptions['key'], typ: string): () => HeadedKey {
  const keyNow = typeof key === 'function' ? key : () => key
  const headed = (one: SigningKey): HeadedKey => {
    assertKey(one)
    return { key: one, header: encodeHeader({ alg: one.algorithm, typ, kid: one.id }) }
  }
  let last = headed(keyNow())
  return () => {
    const one = keyNow()
    if (one !== last.key) last = headed(one)
    return last
  }
}

const reserved = ['iss', 'iat', 'exp', 'jti'] as const

function assertSignable(claims: SignableClaims): void {
  for (const name of reserved) {
    if (name in claims) throw fail('claim_reserved', { detail: name })
  }
  const { sub, aud } = claims
  if (typeof sub !== 'string' || sub === '')
    throw fail('claims_unsignable', { detail: 'sub must be a text' })
  if (!isAudience(aud))
    throw fail('claims_unsignable', { detail: 'aud must name whom the token is for' })
}
