import { decodeBase64url } from '../lib/base64url.ts'
import type { Seconds } from '../lib/clock.ts'
import { parseJsonObject, type JsonObject } from '../lib/json.ts'
import type { CheckedPolicy } from './policy.ts'

/** As much of a token as can be read, for explanations. Nothing in it is verified. */
export interface LenientToken {
  readonly token: string
  readonly segments: readonly string[]
  /** Empty if it cannot be parsed. */
  readonly header: JsonObject
  /** Empty if they cannot be parsed. */
  readonly claims: JsonObject
  readonly now: Seconds
}

/** Reads what can be read of a token where the verifier would reject it, and nothing of a token that is too large. */
export function readLeniently(token: string, { maxLength, clock }: CheckedPolicy): LenientToken {
  const text = typeof token === 'string' ? token : ''
  const segments = text.slice(0, maxLength).split('.', 6)
  const read = (segment = '') => {
    const bytes = decodeBase64url(segment)
    return (bytes && parseJsonObject(bytes)) ?? {}
  }
  const [first, second] = text.length > maxLength ? [] : segments
  return { token: text, segments, header: read(first), claims: read(second), now: clock.now() }
}
