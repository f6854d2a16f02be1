import type { PublicAlgorithm, Seconds } from '@countersign/token'
import {
  activeOf,
  chainOf,
  retention,
  standbyOf,
  stateOf,
  type Ring,
  type EncryptedKey,
  type StoredSigningKey,
} from './signing-key.ts'

/** How keys follow each other. */
export interface KeyPolicy {
  /** What the next key will sign with. */
  readonly algorithm: PublicAlgorithm
  /** Seconds that a key signs. */
  readonly rotationPeriod: Seconds
  /** Seconds for which a key is published, at least, before it signs. */
  readonly publicationLead: Seconds
}

/** One change of a ring. Each is worth a line in the log. */
export type KeyStep =
  /** A new key is published; it signs from `activatedAt` on. */
  | { readonly kind: 'introduce'; readonly activatedAt: Seconds }
  /** A key that stands by begins to sign at `activatedAt`, which is earlier than was planned. */
  | { readonly kind: 'activate'; readonly id: string; readonly activatedAt: Seconds }
  /** A key is out of use at once, and so are the tokens that it signed. */
  | { readonly kind: 'withdraw'; readonly id: string }
  /** The private half of a retired key is destroyed. */
  | { readonly kind: 'erase'; readonly id: string }
  /** A key that was retired long ago is remembered no more. */
  | { readonly kind: 'forget'; readonly id: string }

const settled: Seconds = 3_600 // two servers whose settings differ undo each other once an hour at most; and no key goes that may sign somewhere already
const remembered: Seconds = 30 * 86_400 // so that a refusal can still be explained a month later

/**
 * What is due for a ring; nothing when it is as it should be, or empty. Pure.
 *
 * There is always a next key: it is published as soon as the one before begins to sign, a whole period ahead, so that
 * whoever must rotate in a hurry has a key that every cache knows. The next key is replaced when the algorithm was changed, and
 * begins earlier when the period was shortened. It is never put off: a rotation by hand stays.
 */
export function planRotation(ring: Ring, now: Seconds, policy: KeyPolicy): readonly KeyStep[] {
  const active = activeOf(ring, now)
  if (!active) return []
  return [...planNextKey(ring, active, now, policy), ...dueLast(ring, now)]
}

function planNextKey(
  ring: Ring,
  active: StoredSigningKey,
  now: Seconds,
  { algorithm, rotationPeriod, publicationLead }: KeyPolicy,
): readonly KeyStep[] {
  const end = active.activatedAt + rotationPeriod
  const introduce = {
    kind: 'introduce',
    activatedAt: Math.max(end, now + publicationLead),
  } as const
  const standby = standbyOf(ring, now)
  if (!standby) return [introduce]
  const outdated = standby.algorithm !== algorithm
  if (outdated && now - standby.createdAt >= settled && standby.activatedAt - now >= settled)
    return [{ kind: 'withdraw', id: standby.id }, introduce]
  return earlier(standby, Math.max(end, now, standby.createdAt + publicationLead))
}

function dueLast(ring: Ring, now: Seconds): readonly KeyStep[] {
  const retired = ring.filter((key) => stateOf(key, now) === 'retired')
  const endOf = ({ withdrawnAt, retiredAt }: StoredSigningKey) =>
    withdrawnAt ?? (retiredAt ?? now) + retention
  return retired.flatMap((key): readonly KeyStep[] => {
    if (now - endOf(key) >= remembered) return [{ kind: 'forget', id: key.id }]
    return key.sealed === '' ? [] : [{ kind: 'erase', id: key.id }]
  })
}

function earlier(standby: StoredSigningKey, at: Seconds): readonly KeyStep[] {
  return at < standby.activatedAt ? [{ kind: 'activate', id: standby.id, activatedAt: at }] : []
}

/**
 * The next key as soon as every cache can know it: when it has been published for the lead. Nothing when that is what is
 * planned. Pure.
 */
export function judgeRotation(ring: Ring, now: Seconds, policy: KeyPolicy): readonly KeyStep[] {
  const standby = standbyOf(ring, now)
  const { publicationLead: lead } = policy
  if (!standby) return [{ kind: 'introduce', activatedAt: now + lead }]
  return earlier(standby, Math.max(now, standby.createdAt + lead))
}

/** The next key now, and the one that signs is withdrawn: it got out. Pure. */
export function judgeReplacement(ring: Ring, now: Seconds): readonly KeyStep[] {
  const active = activeOf(ring, now)
  if (!active) return []
  const standby = standbyOf(ring, now)
  return [
    standby
      ? { kind: 'activate', id: standby.id, activatedAt: now }
      : { kind: 'introduce', activatedAt: now },
    { kind: 'withdraw', id: active.id },
  ]
}

/** The ring after a step; `fresh` gives the key that is introduced. Keys that do not change stay the same values. Pure. */
export function afterStep(
  ring: Ring,
  step: KeyStep,
  now: Seconds,
  fresh: () => EncryptedKey,
): Ring {
  const change = (id: string | undefined, to: (key: StoredSigningKey) => StoredSigningKey) =>
    ring.map((key) => (key.id === id ? to(key) : key))
  switch (step.kind) {
    case 'introduce': {
      const { activatedAt } = step
      const last = chainOf(ring).at(-1)?.id
      const times = { createdAt: now, activatedAt, retiredAt: null, withdrawnAt: null }
      return [
        ...change(last, (key) => ({ ...key, retiredAt: activatedAt })),
        { ...fresh(), ...times },
      ]
    }
    case 'activate': {
      const before = beforeIn(ring, step.id)
      const activatedAt = Math.max(step.activatedAt, before?.activatedAt ?? 0)
      return change(step.id, (key) => ({ ...key, activatedAt })).map((key) =>
        key.id === before?.id ? { ...key, retiredAt: activatedAt } : key,
      )
    }
    case 'withdraw':
      return withdrawn(ring, step.id, now)
    case 'erase':
      return change(step.id, (key) => ({ ...key, sealed: '' }))
    case 'forget':
      return ring.filter((key) => key.id !== step.id)
  }
}

/** Whoever was to be followed by a key that will never sign is followed by the one after it. */
function withdrawn(ring: Ring, id: string, now: Seconds): Ring {
  const gone = ring.find((key) => key.id === id)
  const before = beforeIn(ring, id)
  return ring.map((key) => {
    if (key === gone)
      return { ...key, withdrawnAt: now, retiredAt: Math.min(key.retiredAt ?? now, now) }
    const follows = key === before && gone !== undefined && now < gone.activatedAt
    return follows ? { ...key, retiredAt: gone.retiredAt } : key
  })
}

function beforeIn(ring: Ring, id: string): StoredSigningKey | undefined {
  const chain = chainOf(ring)
  const at = chain.findIndex((key) => key.id === id)
  return at > 0 ? chain[at - 1] : undefined
}
