import { randomFillSync } from 'node:crypto'
import { isAudience, type Claims } from './claims.ts'
import { systemClock, type Clock, type Seconds } from '../lib/clock.ts'
import { fail } from '../failures.ts'
import { encodeHeader, signCompact } from '../jws/compact.ts'
import { assertKey, type SigningKey } from '../jwk/key.ts'
import { assertOptions, type NamesOf } from '../lib/options.ts'

/**
 * The options of {@link createSigner}. The three members without `?` have no defaults.
 *
 * @example
 * import { generateKey, type SignerOptions } from '@countersign/token'
 *
 * const options: SignerOptions = {
 *   key: generateKey('ES256'),
 *   issuer: 'https://issuer.example',
 *   lifetime: 600,
 * }
 */
export interface SignerOptions {
  /** The key, or a function that returns the key to use now. */
  readonly key: SigningKey | (() => SigningKey)
  /** The issuer: becomes `iss`. */
  readonly issuer: string
  /** The lifetime of a token in seconds: `exp` is now plus this. At most one day. */
  readonly lifetime: Seconds
  /** The header's `typ`; default `at+jwt` (RFC 9068, section 2.1). */
  readonly type?: string
  /** Default: {@link systemClock}. */
  readonly clock?: Clock
}

/** The claims to sign. The signer adds `iss`, `iat`, `exp` and `jti`, and rejects them here. */
export interface SignableClaims extends Claims {
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly iss?: never
  readonly iat?: never
  readonly exp?: never
  readonly jti?: never
}

/**
 * Signs tokens for one issuer.
 *
 * @example
 * import type { Signer } from '@countersign/token'
 *
 * const tokenFor = (signer: Signer, sub: string) => signer.sign({ sub, aud: 'api', role: 'editor' })
 */
export interface Signer {
  /**
   * Signs claims and returns the token in compact form. `maxLifetime` shortens the signer's lifetime for this token, in seconds. Fails with
   * `claim_reserved` and `claims_unsignable`.
   */
  sign(claims: SignableClaims, maxLifetime?: Seconds): string
}

const names = {
  key: true,
  issuer: true,
  lifetime: true,
  type: true,
  clock: true,
} as const satisfies NamesOf<SignerOptions>

const maxLifetimeSeconds = 86_400 // use a session for longer: a session can be ended, a token cannot

/**
 * Makes a signer. Key, issuer and lifetime are required; fails with `signer_invalid` for invalid options.
 *
 * @example
 * import { createSigner, generateKey } from '@countersign/token'
 *
 * const key = generateKey('ES256')
 * const signer = createSigner({ key, issuer: 'https://issuer.example', lifetime: 600 })
 * const token = signer.sign({ sub: 'ada', aud: 'api', scope: 'read' })
 */
export function createSigner(options: SignerOptions): Signer {
  const invalid = (detail: string) => fail('signer_invalid', { detail })
  assertOptions(options, names, invalid)
  const { key, issuer, lifetime, type = 'at+jwt', clock = systemClock } = options
  if (typeof issuer !== 'string' || issuer === '') throw invalid('it needs an issuer')
  if (typeof lifetime !== 'number' || !(lifetime >= 1 && lifetime <= maxLifetimeSeconds))
    throw invalid(`it needs a lifetime of 1 to ${maxLifetimeSeconds} seconds`)
  const keyNow = keyWithHeader(key, type)

  return Object.freeze({
    sign(claims: SignableClaims, maxLifetime = lifetime): string {
      const iat = clock.now()
      assertSignable(claims)
      if (!(maxLifetime >= 1))
        throw fail('claims_unsignable', {
          detail: 'the lifetime of the token would be less than a second',
        })
      const { key: signingKey, header } = keyNow()
      const exp = iat + Math.min(lifetime, maxLifetime)
      const stamped = { iss: issuer, ...claims, iat, exp, jti: newTokenId() }
      return signCompact(header, stamped, signingKey)
    },
  })
}

interface KeyWithHeader {
  readonly key: SigningKey
  readonly header: string
}

/** Returns the key to use now with the encoded header of its tokens, which is made once for each key. */
export function keyWithHeader(key: SignerOptions['key'], typ: string): () => KeyWithHeader {
  const keyNow = typeof key === 'function' ? key : () => key
  const withHeader = (one: SigningKey): KeyWithHeader => {
    assertKey(one)
    if (!(one as Partial<SigningKey>).privateKey)
      throw fail('key_invalid', { detail: 'it has no private half, so it can only verify' })
    return { key: one, header: encodeHeader({ alg: one.algorithm, typ, kid: one.id }) }
  }
  let last = withHeader(keyNow())
  return () => {
    const one = keyNow()
    if (one !== last.key) last = withHeader(one)
    return last
  }
}

const reserved = ['iss', 'iat', 'exp', 'jti'] as const

function assertSignable(claims: SignableClaims): void {
  if (typeof claims !== 'object' || (claims as unknown) === null)
    throw fail('claims_unsignable', { detail: 'they must be an object' })
  for (const name of reserved) {
    if (name in claims) throw fail('claim_reserved', { detail: name })
  }
  const { sub, aud } = claims
  if (typeof sub !== 'string' || sub === '')
    throw fail('claims_unsignable', { detail: 'sub must be a non-empty string' })
  if (!isAudience(aud))
    throw fail('claims_unsignable', { detail: 'aud must name the audience of the token' })
}

const idBytes = 16 // 128 bits; a random UUID has 122
const idsPerRefill = 256 // a call for random bytes costs ten times as much as reading them from the pool

const idPool = Buffer.alloc(idBytes * idsPerRefill)
let usedBytes = idPool.length

/** Makes a `jti` (RFC 7519, section 4.1.7): 22 unguessable characters. Not for secrets: unused bytes of the pool stay in memory. */
export function newTokenId(): string {
  if (usedBytes === idPool.length) {
    randomFillSync(idPool)
    usedBytes = 0
  }
  const from = usedBytes
  usedBytes += idBytes
  return idPool.toString('base64url', from, usedBytes)
}
