import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import {
  activeOf,
  algorithmsIn,
  chainOf,
  retention,
  standbyOf,
  stateOf,
  type KeyRing,
  type EncryptedKey,
  type StoredSigningKey,
} from './signing-key.ts'

/** The policy by which keys follow each other. */
export interface KeyPolicy {
  /** The algorithms, each with a chain of keys. The first one is the default: it signs the tokens of sign-ins. */
  readonly algorithms: readonly [PublicAlgorithm, ...PublicAlgorithm[]]
  /** Seconds for which a key signs. */
  readonly rotationPeriod: Seconds
  /** Minimum seconds for which a key is published before it signs. */
  readonly publicationLead: Seconds
}

/** One change of the key ring. Each is logged. */
export type KeyStep =
  /** A new key is published; it signs from `activatedAt` on. */
  | {
      readonly kind: 'introduce'
      readonly algorithm: PublicAlgorithm
      readonly activatedAt: Seconds
    }
  /** The standby key begins to sign at `activatedAt`, which is earlier than was planned. */
  | { readonly kind: 'activate'; readonly id: string; readonly activatedAt: Seconds }
  /** The last key of a chain stops signing at `retiredAt`, and no other follows. */
  | {
      readonly kind: 'end'
      readonly id: string
      readonly algorithm: PublicAlgorithm
      readonly retiredAt: Seconds
    }
  /** A key is revoked: it and the tokens that it signed are rejected at once. */
  | { readonly kind: 'revoke'; readonly id: string }
  /** The private half of a retired key is destroyed. */
  | { readonly kind: 'erase'; readonly id: string }
  /** A key that was retired long ago is deleted. */
  | { readonly kind: 'delete'; readonly id: string }

const minChangeInterval: Seconds = 3_600 // servers whose settings differ undo each other once an hour at most, and each has the time to; and no key is revoked that another server may already sign with
const retentionAfterEnd: Seconds = 30 * 86_400 // so that a rejected token can still be explained a month later

/**
 * Plans the scheduled rotation: the steps that are due; none if the ring is up to date, or empty. `used` are algorithms that resources name: their
 * chains stay. Pure.
 *
 * Each chain has a next key: it is published as soon as the one before begins to sign, a whole period ahead, so that an emergency rotation finds
 * a key that every cache knows. It begins earlier if the period was shortened, and is never postponed: a manual rotation stays. A new chain is
 * published for the lead before it signs. A chain that is not needed any more ends once the default one signs.
 */
export function planRotation(
  ring: KeyRing,
  now: Seconds,
  policy: KeyPolicy,
  used: readonly PublicAlgorithm[] = [],
): readonly KeyStep[] {
  if (ring.length === 0) return []
  const needed = new Set([...policy.algorithms, ...used])
  const others = algorithmsIn(ring, now).filter((one) => !needed.has(one))
  const first = activeOf(ring, now, policy.algorithms[0])
  const isReplaced = first !== undefined && stateOf(first, now) === 'active'
  return [
    ...[...needed].flatMap((one) => planNextKey(ring, one, now, policy)),
    ...(isReplaced ? others.flatMap((one) => planEnd(ring, one, now)) : []),
    ...planCleanUp(ring, now),
  ]
}

function planNextKey(
  ring: KeyRing,
  algorithm: PublicAlgorithm,
  now: Seconds,
  { rotationPeriod, publicationLead }: KeyPolicy,
): readonly KeyStep[] {
  const active = activeOf(ring, now, algorithm)
  const end = active ? active.activatedAt + rotationPeriod : now
  const standby = standbyOf(ring, now, algorithm)
  if (!standby) {
    const activatedAt = Math.max(end, now + publicationLead)
    return [{ kind: 'introduce', algorithm, activatedAt }]
  }
  return earlier(standby, Math.max(end, now, standby.createdAt + publicationLead))
}

/**
 * Plans the end of a chain: its next key is revoked, which has signed nothing, and its active one signs for an hour more. A chain that has not begun
 * is left until it has: another server may just have added it.
 */
function planEnd(ring: KeyRing, algorithm: PublicAlgorithm, now: Seconds): readonly KeyStep[] {
  const last = chainOf(ring, algorithm).at(-1)
  const active = activeOf(ring, now, algorithm)
  if (!active || !last || last.retiredAt !== null) return []
  if (now - last.createdAt < minChangeInterval) return []
  const retiredAt = now + minChangeInterval
  const end = { kind: 'end', id: active.id, algorithm, retiredAt } as const
  if (last === active) return [end]
  return last.activatedAt - now < minChangeInterval ? [] : [{ kind: 'revoke', id: last.id }, end]
}

function planCleanUp(ring: KeyRing, now: Seconds): readonly KeyStep[] {
  const retired = ring.filter((key) => stateOf(key, now) === 'retired')
  const endOf = ({ revokedAt, retiredAt }: StoredSigningKey) =>
    revokedAt ?? (retiredAt ?? now) + retention
  return retired.flatMap((key): readonly KeyStep[] => {
    if (now - endOf(key) >= retentionAfterEnd) return [{ kind: 'delete', id: key.id }]
    return key.encrypted === '' ? [] : [{ kind: 'erase', id: key.id }]
  })
}

function earlier(standby: StoredSigningKey, at: Seconds): readonly KeyStep[] {
  return at < standby.activatedAt ? [{ kind: 'activate', id: standby.id, activatedAt: at }] : []
}

/**
 * Plans a graceful manual rotation of a chain: the next key signs as soon as every cache can know it, when it has been published for the lead. No
 * steps if that is planned already. Pure.
 */
export function planEarlyRotation(
  ring: KeyRing,
  algorithm: PublicAlgorithm,
  now: Seconds,
  { publicationLead: lead }: KeyPolicy,
): readonly KeyStep[] {
  const standby = standbyOf(ring, now, algorithm)
  if (!standby) return [{ kind: 'introduce', algorithm, activatedAt: now + lead }]
  return earlier(standby, Math.max(now, standby.createdAt + lead))
}

/** Plans an emergency rotation of a chain: the next key signs now, and the active one is revoked, because it may have leaked. Pure. */
export function planReplacement(
  ring: KeyRing,
  algorithm: PublicAlgorithm,
  now: Seconds,
): readonly KeyStep[] {
  const active = activeOf(ring, now, algorithm)
  if (!active) return []
  const standby = standbyOf(ring, now, algorithm)
  return [
    standby
      ? { kind: 'activate', id: standby.id, activatedAt: now }
      : { kind: 'introduce', algorithm, activatedAt: now },
    { kind: 'revoke', id: active.id },
  ]
}

/** Returns the ring after a step; `newKey` returns the key of an algorithm that is introduced. Keys that do not change stay the same objects. Pure. */
export function afterStep(
  ring: KeyRing,
  step: KeyStep,
  now: Seconds,
  newKey: (algorithm: PublicAlgorithm) => EncryptedKey,
): KeyRing {
  const change = (id: string | undefined, to: (key: StoredSigningKey) => StoredSigningKey) =>
    ring.map((key) => (key.id === id ? to(key) : key))
  switch (step.kind) {
    case 'introduce': {
      const { activatedAt, algorithm } = step
      const last = chainOf(ring, algorithm).at(-1)
      const signs = last && (last.retiredAt === null || now < last.retiredAt) // and not the last key of a chain that has ended
      const times = { createdAt: now, activatedAt, retiredAt: null, revokedAt: null }
      return [
        ...change(signs ? last.id : undefined, (key) => ({ ...key, retiredAt: activatedAt })),
        { ...newKey(algorithm), ...times },
      ]
    }
    case 'activate': {
      const before = beforeIn(ring, step.id)
      const activatedAt = Math.max(step.activatedAt, before?.activatedAt ?? 0)
      return change(step.id, (key) => ({ ...key, activatedAt })).map((key) =>
        key.id === before?.id ? { ...key, retiredAt: activatedAt } : key,
      )
    }
    case 'end':
      return change(step.id, (key) => ({ ...key, retiredAt: step.retiredAt }))
    case 'revoke':
      return revoke(ring, step.id, now)
    case 'erase':
      return change(step.id, (key) => ({ ...key, encrypted: '' }))
    case 'delete':
      return ring.filter((key) => key.id !== step.id)
  }
}

/** Revokes a key. If it had not signed yet, the key before it is followed by the one after it. */
function revoke(ring: KeyRing, id: string, now: Seconds): KeyRing {
  const gone = ring.find((key) => key.id === id)
  const before = beforeIn(ring, id)
  return ring.map((key) => {
    if (key === gone)
      return { ...key, revokedAt: now, retiredAt: Math.min(key.retiredAt ?? now, now) }
    const follows = key === before && gone !== undefined && now < gone.activatedAt
    return follows ? { ...key, retiredAt: gone.retiredAt } : key
  })
}

/** Returns the key whose end is the begin of another: none for the first of a chain, or if the chain had ended before it. */
function beforeIn(ring: KeyRing, id: string): StoredSigningKey | undefined {
  const key = ring.find((one) => one.id === id)
  if (!key) return undefined
  return chainOf(ring, key.algorithm).findLast(
    (one) => one !== key && one.retiredAt === key.activatedAt,
  )
}
