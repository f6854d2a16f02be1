import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import type { KeyPolicy } from '../../domain/keys/plan-rotation.ts'
import {
  activeOf,
  algorithmsIn,
  chainOf,
  standbyOf,
  stateOf,
  type KeyRing,
} from '../../domain/keys/signing-key.ts'
import { bad, ok, warn, type Finding } from './assessments.ts'

const day: Seconds = 86_400

/** Assesses the signing keys of each algorithm: is one active, is the next ready, and does rotation work? */
export function assessRing(
  ring: KeyRing,
  now: Seconds,
  policy: Pick<KeyPolicy, 'algorithms' | 'rotationPeriod'>,
): readonly Finding[] {
  const live = algorithmsIn(ring, now, policy.algorithms)
  const missing = policy.algorithms.filter((one) => !live.includes(one))
  if (live.length === 0)
    return [warn('there are none yet', 'a server makes the first ones when it starts')]
  return [
    ...live.map((one) => assessChain(ring, one, now, policy)),
    ...missing.map((one) =>
      warn(
        `${one}: none`,
        'a running server makes one within a minute; check that one is running with these settings',
      ),
    ),
  ]
}

function assessChain(
  ring: KeyRing,
  algorithm: PublicAlgorithm,
  now: Seconds,
  { algorithms, rotationPeriod }: Pick<KeyPolicy, 'algorithms' | 'rotationPeriod'>,
): Finding {
  const active = activeOf(ring, now, algorithm)
  const standby = standbyOf(ring, now, algorithm)
  const retiring = chainOf(ring, algorithm).filter((key) => stateOf(key, now) === 'retiring')
  if (!active)
    return ok(
      `${algorithm}: ${standby ? 'begins to sign soon' : 'ended'}; ${retiring.length} retiring`,
    )
  const age = Math.floor((now - active.activatedAt) / day)
  const found = `${algorithm}: active for ${age} days; ${standby ? 'the next one is ready' : 'no next one'}; ${retiring.length} retiring`
  if (now - active.activatedAt > rotationPeriod + day)
    return bad(found, 'rotation does not work: search the log for rotate-signing-keys')
  const ends = active.retiredAt !== null && !algorithms.includes(algorithm)
  return standby || ends
    ? ok(found)
    : warn(found, 'a running server makes one within a minute; check that one is running')
}

/** Assesses the published keys: programs that know no ML-DSA key (RFC 9964) may refuse the whole set, also for tokens of its other keys. */
export function assessKeySet(ring: KeyRing, at: Seconds): readonly Finding[] {
  const algorithms = ring
    .filter((key) => stateOf(key, at) !== 'retired')
    .map(({ algorithm }) => algorithm)
  const known = algorithms.filter((one) => !one.startsWith('ML-DSA'))
  if (known.length === 0 || known.length === algorithms.length) return []
  return [
    {
      verdict: 'warn',
      found: `ML-DSA beside ${known[0]} in one key set`,
      advice:
        'Authlib, jwcrypto and python-jose then refuse tokens of all keys: if an API uses one, take the ML-DSA algorithm out of keys.algorithms (see the guide on keys)',
    },
  ]
}
