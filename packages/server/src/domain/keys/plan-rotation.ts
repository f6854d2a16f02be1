import type { PublicAlgorithm, Seconds } from '@countersign/token/internal'
import {
  activeOf,
  chainOf,
  retention,
  standbyOf,
  stateOf,
  type KeyRing,
  type EncryptedKey,
  type StoredSigningKey,
} from './signing-key.ts'

/** How keys follow each other. */
export interface KeyPolicy {
  /** The algorithm of the next key. */
  readonly algorithm: PublicAlgorithm
  /** Seconds for which a key signs. */
  readonly rotationPeriod: Seconds
  /** Minimum seconds for which a key is published before it signs. */
  readonly publicationLead: Seconds
}

/** One change of the key ring. Each is logged. */
export type KeyStep =
  /** A new key is published; it signs from `activatedAt` on. */
  | { readonly kind: 'introduce'; readonly activatedAt: Seconds }
  /** The standby key begins to sign at `activatedAt`, which is earlier than was planned. */
  | { readonly kind: 'activate'; readonly id: string; readonly activatedAt: Seconds }
  /** A key is revoked: it and the tokens that it signed are rejected at once. */
  | { readonly kind: 'revoke'; readonly id: string }
  /** The private half of a retired key is destroyed. */
  | { readonly kind: 'erase'; readonly id: string }
  /** A key that was retired long ago is deleted. */
  | { readonly kind: 'delete'; readonly id: string }

const minReplaceInterval: Seconds = 3_600 // servers whose settings differ undo each other once an hour at most; and no key is replaced that another server may already sign with
const retentionAfterEnd: Seconds = 30 * 86_400 // so that a rejected token can still be explained a month later

/**
 * Plans the scheduled rotation: the steps that are due; none if the ring is up to date, or empty. Pure.
 *
 * There is always a next key: it is published as soon as the one before begins to sign, a whole period ahead, so that
 * an emergency rotation finds a key that every cache knows. The next key is replaced if the algorithm was changed, and
 * begins earlier if the period was shortened. It is never postponed: a manual rotation stays.
 */
export function planRotation(ring: KeyRing, now: Seconds, policy: KeyPolicy): readonly KeyStep[] {
  const active = activeOf(ring, now)
  if (!active) return []
  return [...planNextKey(ring, active, now, policy), ...planCleanUp(ring, now)]
}

function planNextKey(
  ring: KeyRing,
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
  if (
    outdated &&
    now - standby.createdAt >= minReplaceInterval &&
    standby.activatedAt - now >= minReplaceInterval
  )
    return [{ kind: 'revoke', id: standby.id }, introduce]
  return earlier(standby, Math.max(end, now, standby.createdAt + publicationLead))
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
 * Plans a graceful manual rotation: the next key signs as soon as every cache can know it, when it has been published for the lead. No steps if
 * that is planned already. Pure.
 */
export function planEarlyRotation(
  ring: KeyRing,
  now: Seconds,
  policy: KeyPolicy,
): readonly KeyStep[] {
  const standby = standbyOf(ring, now)
  const { publicationLead: lead } = policy
  if (!standby) return [{ kind: 'introduce', activatedAt: now + lead }]
  return earlier(standby, Math.max(now, standby.createdAt + lead))
}

/** Plans an emergency rotation: the next key signs now, and the active one is revoked, because it may have leaked. Pure. */
export function planReplacement(ring: KeyRing, now: Seconds): readonly KeyStep[] {
  const active = activeOf(ring, now)
  if (!active) return []
  const standby = standbyOf(ring, now)
  return [
    standby
      ? { kind: 'activate', id: standby.id, activatedAt: now }
      : { kind: 'introduce', activatedAt: now },
    { kind: 'revoke', id: active.id },
  ]
}

/** Returns the ring after a step; `newKey` returns the key that is introduced. Keys that do not change stay the same objects. Pure. */
export function afterStep(
  ring: KeyRing,
  step: KeyStep,
  now: Seconds,
  newKey: () => EncryptedKey,
): KeyRing {
  const change = (id: string | undefined, to: (key: StoredSigningKey) => StoredSigningKey) =>
    ring.map((key) => (key.id === id ? to(key) : key))
  switch (step.kind) {
    case 'introduce': {
      const { activatedAt } = step
      const last = chainOf(ring).at(-1)?.id
      const times = { createdAt: now, activatedAt, retiredAt: null, revokedAt: null }
      return [
        ...change(last, (key) => ({ ...key, retiredAt: activatedAt })),
        { ...newKey(), ...times },
      ]
    }
    case 'activate': {
      const before = beforeIn(ring, step.id)
      const activatedAt = Math.max(step.activatedAt, before?.activatedAt ?? 0)
      return change(step.id, (key) => ({ ...key, activatedAt })).map((key) =>
        key.id === before?.id ? { ...key, retiredAt: activatedAt } : key,
      )
    }
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

function beforeIn(ring: KeyRing, id: string): StoredSigningKey | undefined {
  const chain = chainOf(ring)
  const at = chain.findIndex((key) => key.id === id)
  return at > 0 ? chain[at - 1] : undefined
}
