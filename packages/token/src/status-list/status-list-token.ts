import { systemClock, type Seconds } from '../lib/clock.ts'
import { fail, unknownMember } from '../failures.ts'
import type { JsonObject } from '../lib/json.ts'
import { signCompact, verifySignature } from '../jws/compact.ts'
import { assertOptions, type NamesOf } from '../lib/options.ts'
import { checkPolicy, normalizeMediaType, type CheckedPolicy, type Policy } from '../jwt/policy.ts'
import { createVerificationSteps } from '../jwt/verification-steps.ts'
import { keyWithHeader, type SignerOptions } from '../jwt/signer.ts'
import { decodeStatusList, type EncodedStatusList, type StatusList } from './status-list.ts'

/** The contents of a published status list. */
export interface StatusListContents {
  /** The URL of the list, which tokens refer to: becomes `sub`. */
  readonly uri: string
  readonly list: EncodedStatusList
  /** Seconds for which this copy may be used: `exp` is now plus this. */
  readonly lifetime: Seconds
  /** Seconds after which a fresh copy should be fetched. */
  readonly ttl: Seconds
  /** The sequence number of the last change in it; only for an issuer with a feed. */
  readonly seq?: number
}

/** The complete set of bits of a list that were set between two changes. */
export interface StatusChangeContents {
  readonly uri: string
  /** The sequence number before the first of these changes. */
  readonly after: number
  /** The sequence number of the last of these changes. */
  readonly seq: number
  /** The indexes whose status is now 1. Empty for a heartbeat: nothing has changed. */
  readonly indexes: readonly number[]
  /** Seconds for which this is current, and the next message may be awaited: `exp` is now plus this. */
  readonly lifetime: Seconds
  /** Names the issuer's published keys: a reader whose keys are from before a change fetches them. Any text; absent if the issuer does not say. */
  readonly keys?: string | undefined
}

/** Signs the status lists of one issuer and their changes. */
export interface StatusListSigner {
  /** Signs a Status List Token (draft-ietf-oauth-status-list, section 5.1). */
  list(contents: StatusListContents): string
  /** Signs a message of a feed: our own addition to the draft, signed like the list, so that an intermediary cannot forge, change or replay it. */
  change(contents: StatusChangeContents): string
}

/** A status list whose signature was verified. */
export interface VerifiedStatusList {
  readonly list: StatusList
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  readonly ttl: Seconds | undefined
  readonly seq: number | undefined
}

/** A change of a list whose signature was verified. */
export interface VerifiedStatusChange extends Omit<StatusChangeContents, 'uri' | 'lifetime'> {
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
}

/** Verifies the status lists of one issuer and their changes. */
export interface StatusListVerifier {
  /** Verifies a list. Fails with the codes of a token, and with `status_list_invalid`, also for another list than the one at `uri`. */
  list(token: string, uri: string): VerifiedStatusList
  /** Verifies a change. Fails as `list` does. */
  change(token: string, uri: string): VerifiedStatusChange
}

/** The longest accepted Status List Token, in characters: four times the size of a million sessions with half of them ended. */
export const maxStatusListLength = 1024 * 1024

const listType = 'statuslist+jwt'
const changeType = 'statuslist-change+jwt'

type ListSignerOptions = Pick<SignerOptions, 'key' | 'issuer' | 'clock'>
const signerNames = { key: true, issuer: true, clock: true } satisfies NamesOf<ListSignerOptions>

/**
 * Makes a signer of status lists, with the keys that sign the issuer's tokens. Fails with `signer_invalid` for an unknown
 * option, and its methods with `claims_unsignable`.
 */
export function createStatusListSigner(options: ListSignerOptions): StatusListSigner {
  assertOptions(options, signerNames, (detail) => fail('signer_invalid', { detail }))
  const { key, issuer, clock = systemClock } = options
  const signWith = (type: string) => {
    const keyNow = keyWithHeader(key, type)
    return (uri: string, lifetime: Seconds, claims: JsonObject) => {
      const iat = clock.now()
      if (!(lifetime >= 1)) throw unsignable('its lifetime would be less than a second')
      const { key: signingKey, header } = keyNow()
      const stamped = { iss: issuer, sub: uri, iat, exp: iat + lifetime, ...claims }
      return signCompact(header, stamped, signingKey)
    }
  }
  const [signList, signChange] = [signWith(listType), signWith(changeType)]
  return Object.freeze({
    list({ uri, list, lifetime, ttl, seq }: StatusListContents) {
      if (!(ttl > 0)) throw unsignable('ttl must be a positive number')
      const more = seq === undefined ? {} : { seq: asNumber(seq, unsignable) }
      return signList(uri, lifetime, { ttl, status_list: list, ...more })
    },
    change({ uri, after, seq, indexes, lifetime, keys }: StatusChangeContents) {
      const range = { after: asNumber(after, unsignable), seq: asNumber(seq, unsignable) }
      if (range.after > range.seq) throw unsignable('after must not be greater than seq')
      return signChange(uri, lifetime, { ...range, idx: indexes, ...(keys && { keys }) })
    },
  })
}

type ListPolicy = Pick<Policy, 'issuer' | 'algorithms' | 'keys' | 'clock'>
const listPolicyNames = {
  issuer: true,
  algorithms: true,
  keys: true,
  clock: true,
} satisfies NamesOf<ListPolicy>

/**
 * Makes a verifier of status lists and their changes, as strict as one of tokens: algorithm, type, key and signature, then claims. `exp` is
 * required, although the draft only recommends it. `iss` may be missing from a list, as the draft allows, because the keys identify the issuer.
 */
export function createStatusListVerifier(policy: ListPolicy): StatusListVerifier {
  assertOptions(policy, listPolicyNames, unknownMember)
  const { issuer } = policy
  const verifierFor = (type: string, required: readonly string[]) => {
    const checked = toChecked(policy, type, required)
    const steps = createVerificationSteps(checked)
    return (token: string, uri: string): JsonObject & Times => {
      const parsed = steps.parse(token)
      const { claims } = steps.finish(parsed, verifySignature(parsed.parts, parsed.key))
      if (claims.sub !== uri) throw invalid('it is another list than the requested one')
      if (claims.iss !== undefined && claims.iss !== issuer)
        throw invalid('it names another issuer')
      return claims as typeof claims & Times // iat is required, and its form was validated
    }
  }
  const verifyList = verifierFor(listType, ['status_list'])
  const verifyChange = verifierFor(changeType, ['iss', 'after', 'seq', 'idx'])
  return Object.freeze({
    list(token: string, uri: string) {
      const { iat, exp, ttl, seq, status_list: encoded } = verifyList(token, uri)
      if (typeof encoded !== 'object' || encoded === null) throw invalid('it contains no list')
      if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0))
        throw invalid('its ttl is not a positive number')
      return {
        list: decodeStatusList(encoded as EncodedStatusList), // which checks its members
        issuedAt: iat,
        expiresAt: exp,
        ttl,
        seq: seq === undefined ? undefined : asNumber(seq, invalid),
      }
    },
    change(token: string, uri: string) {
      const { iat, exp, idx, ...claims } = verifyChange(token, uri)
      const after = asNumber(claims['after'], invalid)
      const seq = asNumber(claims['seq'], invalid)
      if (after > seq || !Array.isArray(idx)) throw invalid('its after, seq or idx is malformed')
      const indexes = idx.map((one) => asNumber(one, invalid))
      const keys = typeof claims['keys'] === 'string' ? claims['keys'] : undefined
      return { after, seq, indexes, issuedAt: iat, expiresAt: exp, keys }
    },
  })
}

interface Times {
  readonly iat: Seconds
  readonly exp: Seconds
}

/** Makes a policy without an audience, because a list is public: checks an ordinary policy, then relaxes these members. */
function toChecked(policy: ListPolicy, type: string, required: readonly string[]): CheckedPolicy {
  const checked = checkPolicy({ ...policy, audience: 'public', type, cacheSize: 0 })
  return {
    ...checked,
    types: new Set([normalizeMediaType(type)]),
    maxLength: maxStatusListLength,
    claims: {
      ...checked.claims,
      issuer: undefined,
      audiences: [],
      required: ['sub', 'iat', 'exp', ...required],
      maxLifetime: Number.MAX_SAFE_INTEGER, // the cache of lists limits their age
    },
  }
}

function asNumber(value: unknown, failure: (detail: string) => Error): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw failure('a sequence number or an index must be an integer of at least 0')
}

const invalid = (detail: string) => fail('status_list_invalid', { detail })
const unsignable = (detail: string) => fail('claims_unsignable', { detail })
