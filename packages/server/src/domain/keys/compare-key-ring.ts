import type { Entry } from '../audit-log/chain.ts'
import type { EventType } from '../audit-log/event.ts'
import { readFacts } from '../audit-log/read-facts.ts'
import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import { isBound, type BoundKey } from './key-mac.ts'
import type { ReadRingDeps } from './read-key-ring.ts'

/** A difference between the key ring and the audit log. */
export interface KeyFault {
  readonly key: string
  /**
   * `not_bound`: this server did not write the row; `revoked`: the audit log has its revocation, and the row does not; `not_introduced`: the
   * audit log does not have it; `missing`: the audit log has it as the newest key, and the ring does not.
   */
  readonly fault: 'not_bound' | 'revoked' | 'not_introduced' | 'missing'
}

/** The result of comparing the key ring and the audit log. */
export interface RingComparison {
  readonly faults: readonly KeyFault[]
  /** Rows of others that servers found and deleted within the last 30 days. */
  readonly rejected: readonly string[]
}

const maxEntries = 1_000 // of each type; a ring has some five keys
const rejectionsShown: Seconds = 30 * 86_400

type CompareDeps = ReadRingDeps & { readonly clock: Clock }

/**
 * Compares each row of the key ring with its MAC and with the audit log. Verify the audit log itself first. Compares again if there are faults
 * and returns those that were there both times: a rotation between two reads is none.
 */
export async function compareKeyRing(deps: CompareDeps): Promise<RingComparison> {
  const first = await compareOnce(deps)
  if (first.faults.length === 0) return first
  const { faults, rejected } = await compareOnce(deps)
  const lasts = ({ key, fault }: KeyFault) =>
    first.faults.some((one) => one.key === key && one.fault === fault)
  return { faults: faults.filter(lasts), rejected }
}

async function compareOnce({ store, root, clock }: CompareDeps): Promise<RingComparison> {
  const rows = await store.signingKeys.list()
  const entries = (type: EventType) => store.auditLog.newest(maxEntries, { type, userId: null })
  const introduced = (await entries('key_introduced')).map(keyOf)
  const revoked = new Set((await entries('key_revoked')).map(keyOf))
  const ended = new Set((await entries('key_chain_ended')).map(keyOf))
  const since = clock.now() - rejectionsShown
  const faultOf = (row: BoundKey): KeyFault['fault'] | undefined => {
    const { id, revokedAt } = row.key
    if (!isBound(root, row)) return 'not_bound'
    if (revokedAt === null && revoked.has(id)) return 'revoked'
    return introduced.includes(id) ? undefined : 'not_introduced'
  }
  const faults = rows.flatMap((row) => {
    const fault = faultOf(row)
    return fault ? [{ key: row.key.id, fault }] : []
  })
  const newest = introduced.find((id) => !revoked.has(id) && !ended.has(id)) // the last key of a chain is deleted in the end
  const isMissing = newest !== undefined && !rows.some(({ key }) => key.id === newest)
  return {
    faults: isMissing ? [...faults, { key: newest, fault: 'missing' }] : faults,
    rejected: (await entries('key_rejected')).filter(({ at }) => at > since).map(keyOf),
  }
}

const keyOf = ({ facts }: Entry): string => String(readFacts(facts)['key'])
