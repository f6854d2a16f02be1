import { systemClock, type Seconds } from './clock.ts'
import { fail } from './failures.ts'
import type { JsonObject } from './json.ts'
import { signCompact, verifySignature } from './jws.ts'
import { assertOptions, type NamesOf } from './options.ts'
import { checkPolicy, mediaType, unknownMember, type CheckedPolicy, type Policy } from './policy.ts'
import { createProof } from './proof.ts'
import { headedKey, type SignerOptions } from './signer.ts'
import { decodeStatusList, type EncodedStatusList, type StatusList } from './status-list.ts'

/** A status list as it is published. */
export interface StatusListContents {
  /** The list's own address, which tokens name: becomes `sub`. */
  readonly uri: string
  readonly list: EncodedStatusList
  /** Seconds until nobody may go by this copy any more: `exp` is now plus this. */
  readonly lifetime: Seconds
  /** Seconds after which a fresh copy should be fetched. */
  readonly ttl: Seconds
  /** The number of the last change that is in it; only for an issuer with a feed. */
  readonly seq?: number
}

/** Which bits of a list were set between two changes: all of them, and no others. */
export interface StatusChangeContents {
  readonly uri: string
  /** The change before the first of these. */
  readonly after: number
  /** The last of these. */
  readonly seq: number
  /** Where a status is 1 now. None: nothing has happened, which is worth saying too. */
  readonly indexes: readonly number[]
  /** Seconds that this may be taken for news, and for which the next may be waited: `exp` is now plus this. */
  readonly lifetime: Seconds
}

/** Signs what one issuer says of its sessions. */
export interface StatusListSigner {
  /** A Status List Token (draft-ietf-oauth-status-list, section 5.1). */
  list(contents: StatusListContents): string
  /** What a feed says: our own addition to the draft, signed as the list is, so that nobody between can invent, change or replay it. */
  change(contents: StatusChangeContents): string
}

/** A status list that an issuer has signed. */
export interface VerifiedStatusList {
  readonly list: StatusList
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  readonly ttl: Seconds | undefined
  readonly seq: number | undefined
}

/** A change of a list that an issuer has signed. */
export interface VerifiedStatusChange extends Omit<StatusChangeContents, 'uri' | 'lifetime'> {
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
}

/** Believes what one issuer has signed of its sessions. */
export interface StatusListVerifier {
  /** Fails with the codes of a token, and with `status_list_invalid`: for another list than the one at `uri` as well. */
  list(token: string, uri: string): VerifiedStatusList
  /** The same for a change. */
  change(token: string, uri: string): VerifiedStatusChange
}

/** Characters of the longest Status List Token that is read: a million sessions with half of them ended are a quarter of it. */
export const maxStatusListLength = 1024 * 1024

const listType = 'statuslist+jwt'
const changeType = 'statuslist-change+jwt'

type ListSignerOptions = Pick<SignerOptions, 'key' | 'issuer' | 'clock'>
const signerNames = { key: true, issuer: true, clock: true } satisfies NamesOf<ListSignerOptions>

/**
 * Makes a signer of status lists, for the keys that sign the issuer's tokens. Fails with `signer_invalid` for an option that there is
 * not, and with `claims_unsignable` when it signs.
 */
export function createStatusListSigner(options: ListSignerOptions): StatusListSigner {
  assertOptions(options, signerNames, (detail) => fail('signer_invalid', { detail }))
  const { key, issuer, clock = systemClock } = options
  const signWith = (type: string) => {
    const keyNow = headedKey(key, type)
    return (uri: string, lifetime: Seconds, claims: JsonObject) => {
      const iat = clock.now()
      if (!(lifetime >= 1)) throw unsignable('it would live less than a second')
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
    change({ uri, after, seq, indexes, lifetime }: StatusChangeContents) {
      const range = { after: asNumber(after, unsignable), seq: asNumber(seq, unsignable) }
      if (range.after > range.seq) throw unsignable('after must not be beyond seq')
      return signChange(uri, lifetime, { ...range, idx: indexes })
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
 * Makes a verifier of status lists and their changes, strict as one of tokens: algorithm, type, key and signature, then claims. `exp` must be
 * there, which the draft only recommends; `iss` may be missing from a list, as the draft allows, for its keys say whose it is.
 */
export function createStatusListVerifier(policy: ListPolicy): StatusListVerifier {
  assertOptions(policy, listPolicyNames, unknownMember)
  const { issuer } = policy
  const proven = (type: string, required: readonly string[]) => {
    const checked = toChecked(policy, type, required)
    const proof = createProof(checked)
    return (token: string, uri: string): JsonObject & Times => {
      const suspect = proof.begin(token)
      const { claims } = proof.conclude(suspect, verifySignature(suspect.parts, suspect.key))
      if (claims.sub !== uri) throw invalid('it is another list than the one that was asked for')
      if (claims.iss !== undefined && claims.iss !== issuer) throw invalid('another issuer has it')
      return claims as typeof claims & Times // iat is among the required, and its form was judged
    }
  }
  const proveList = proven(listType, ['status_list'])
  const proveChange = proven(changeType, ['iss', 'after', 'seq', 'idx'])
  return Object.freeze({
    list(token: string, uri: string) {
      const { iat, exp, ttl, seq, status_list: encoded } = proveList(token, uri)
      if (typeof encoded !== 'object' || encoded === null) throw invalid('it holds no list')
      if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0)) throw invalid('its ttl')
      return {
        list: decodeStatusList(encoded as EncodedStatusList), // which looks at its members itself
        issuedAt: iat,
        expiresAt: exp,
        ttl,
        seq: seq === undefined ? undefined : asNumber(seq, invalid),
      }
    },
    change(token: string, uri: string) {
      const { iat, exp, idx, ...claims } = proveChange(token, uri)
      const after = asNumber(claims['after'], invalid)
      const seq = asNumber(claims['seq'], invalid)
      if (after > seq || !Array.isArray(idx)) throw invalid('its range or its idx')
      const indexes = idx.map((one) => asNumber(one, invalid))
      return { after, seq, indexes, issuedAt: iat, expiresAt: exp }
    },
  })
}

interface Times {
  readonly iat: Seconds
  readonly exp: Seconds
}

/** A policy for what has no audience: a list is for everybody. Checked as any other, then opened in these places. */
function toChecked(policy: ListPolicy, type: string, required: readonly string[]): CheckedPolicy {
  const checked = checkPolicy({ ...policy, audience: 'everybody', type, cacheSize: 0 })
  return {
    ...checked,
    types: new Set([mediaType(type)]),
    maxLength: maxStatusListLength,
    claims: {
      ...checked.claims,
      issuer: undefined,
      audiences: new Set(),
      required: ['sub', 'iat', 'exp', ...required],
      maxLifetime: Number.MAX_SAFE_INTEGER, // whoever keeps a list bounds for how long
    },
  }
}

function asNumber(value: unknown, refuse: (detail: string) => Error): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw refuse('a sequence number or an index is a whole number from 0')
}

const invalid = (detail: string) => fail('status_list_invalid', { detail })
const unsignable = (detail: string) => fail('claims_unsignable', { detail })
