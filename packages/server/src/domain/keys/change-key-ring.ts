import type { PublicAlgorithm } from '@countersign/token/internal'
import { nameOf, type Actor } from '../administration/actor.ts'
import { transactionAs } from '../administration/transaction-as.ts'
import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { AuditLogTables } from '../audit-log/audit-log.ts'
import type { ResourceTables } from '../clients/resources.ts'
import type { Log } from '../kernel/ports.ts'
import type { Propagation, Transactions } from '../kernel/transactions.ts'
import { bindKey } from './key-mac.ts'
import { makeSigningKey, type MakeKeyDeps } from './make-signing-key.ts'
import { afterStep, type KeyPolicy, type KeyStep } from './plan-rotation.ts'
import type { EncryptedKey, KeyRing, StoredSigningKey } from './signing-key.ts'
import { readKeyRing } from './read-key-ring.ts'
import type { KeyRingTx, SigningKeyTables } from './signing-keys.ts'

/** The dependencies of {@link changeKeyRing}. */
export interface KeyRingDeps extends RecordDeps, MakeKeyDeps {
  readonly store: Transactions<KeyRingTx> & SigningKeyTables & AuditLogTables & ResourceTables
  readonly policies: { readonly keys: KeyPolicy }
  readonly log: Log
}

/** The dependencies of a change of the key ring by hand, which also waits for the other servers. */
export interface ManualKeyChangeDeps extends KeyRingDeps {
  readonly store: KeyRingDeps['store'] & Propagation
}

/** A step that was carried out, and on which key. */
type KeyEvent = KeyStep & { readonly id: string }

/** Plans steps for a ring, with the algorithms that resources name. */
export type RingPlanner<Verdict> = (
  ring: KeyRing,
  used: readonly PublicAlgorithm[],
) => RingPlan<Verdict>

/** A verdict on the ring, and the steps that follow from it. */
export interface RingPlan<Verdict> {
  readonly verdict: Verdict
  readonly steps: readonly KeyStep[]
}

/**
 * Plans steps for the ring and carries them out, under a lock: of several servers that plan the same at once, one does it, and the others find it
 * done.
 *
 * The first read is without the lock, because it happens every minute and nearly always finds nothing to do. A new key is made between the
 * two reads, because that may take longer than a lock should be held. `by` is who asked for it, for the audit log; `undefined` if it was due.
 */
export async function changeKeyRing<Verdict>(
  deps: KeyRingDeps,
  plan: RingPlanner<Verdict>,
  by?: Actor,
): Promise<Verdict> {
  const { store, clock, log, root } = deps
  const now = clock.now()
  const read = await readKeyRing(deps)
  const seen = plan(read.ring, await algorithmsUsedIn(store))
  if (seen.steps.length === 0 && read.rejected.length === 0) return seen.verdict
  const newKey = newKeys(deps)
  for (const one of seen.steps) if (one.kind === 'introduce') newKey(one.algorithm)

  const { verdict, events, rejected } = await transactionAs(deps, by, async (tx) => {
    await tx.lock('signing_keys')
    const { ring: before, rejected: others } = await readKeyRing({ store: tx, root })
    const rejections = await removeRejected(tx, others)
    const planned = plan(before, await algorithmsUsedIn(tx))
    const step = (ring: KeyRing, one: KeyStep) => afterStep(ring, one, now, newKey)
    await write({ tx, root }, before, planned.steps.reduce(step, before))
    const toEvent = (one: KeyStep): KeyEvent =>
      one.kind === 'introduce' ? { ...one, id: newKey(one.algorithm).id } : one
    const taken = planned.steps.map(toEvent)
    await recordEvents(deps, tx, ...rejections, ...taken.flatMap((one) => auditEventsOf(one, by)))
    return { verdict: planned.verdict, events: taken, rejected: others }
  })
  if (rejected.length > 0) log.error({ keys: rejected }, 'signing keys of others were deleted')
  events.forEach((event) => logStep(log, event))
  return verdict
}

/** Makes the keys that are introduced, one for each algorithm. */
function newKeys(deps: MakeKeyDeps): (algorithm: PublicAlgorithm) => EncryptedKey {
  const made = new Map<PublicAlgorithm, EncryptedKey>()
  return (algorithm) => {
    const key = made.get(algorithm) ?? makeSigningKey(deps, algorithm)
    made.set(algorithm, key)
    return key
  }
}

/** Returns the algorithms that resources name, whose chains must not end. */
async function algorithmsUsedIn({
  resources,
}: ResourceTables): Promise<readonly PublicAlgorithm[]> {
  return (await resources.list()).flatMap(({ algorithm }) => algorithm ?? [])
}

/** Writes the difference. Keys that have an end go first: the database allows one key of an algorithm without. */
async function write(
  { tx, root }: { readonly tx: SigningKeyTables } & Pick<KeyRingDeps, 'root'>,
  before: KeyRing,
  after: KeyRing,
): Promise<void> {
  const table = tx.signingKeys
  const update = (key: StoredSigningKey) => table.updateTimes(bindKey(root, key))
  const kept = new Set(after.map(({ id }) => id))
  const known = new Map(before.map((key) => [key.id, key]))
  const changed = after.filter((key) => known.has(key.id) && known.get(key.id) !== key)
  for (const key of changed) if (key.retiredAt !== null) await update(key)
  for (const key of changed) if (key.retiredAt === null) await update(key)
  for (const { id, encrypted } of changed) {
    const was = known.get(id)?.encrypted ?? encrypted
    if (was !== encrypted) await table.replaceEncrypted({ context: id, encrypted: was }, encrypted)
  }
  for (const { id } of before) if (!kept.has(id)) await table.delete(id)
  for (const key of after) if (!known.has(key.id)) await table.add(bindKey(root, key))
}

const maxIdLength = 64 // of a text that someone else wrote; ours have 43

/** Deletes rows of others, which would hold the place of the last key, and returns the events to record. */
export async function removeRejected(
  { signingKeys }: SigningKeyTables,
  rejected: readonly string[],
  type: 'key_rejected' | 'key_revoked' = 'key_rejected',
): Promise<readonly SecurityEvent[]> {
  for (const id of rejected) await signingKeys.delete(id)
  return rejected.map((id) => ({ type, facts: { key: id.slice(0, maxIdLength) } }))
}

const messages: Readonly<Record<KeyStep['kind'], string>> = {
  introduce: 'signing key published',
  activate: 'signing key signs earlier than planned',
  end: 'last signing key of an algorithm that is not needed any more will stop signing',
  revoke: 'signing key revoked',
  erase: 'private half of a retired signing key erased',
  delete: 'retired signing key deleted',
}

function logStep(log: Log, event: KeyEvent): void {
  const { id: key, kind } = event
  const algorithm = 'algorithm' in event ? event.algorithm : undefined
  const signsFrom = 'activatedAt' in event ? event.activatedAt : undefined
  const signsUntil = 'retiredAt' in event ? event.retiredAt : undefined
  log.info({ key, algorithm, signsFrom, signsUntil }, messages[kind])
}

/** Returns the audit events of a step; none for mere clean-up. */
function auditEventsOf(event: KeyEvent, by: Actor | undefined): readonly SecurityEvent[] {
  switch (event.kind) {
    case 'introduce':
      return [introductionOf(event)]
    case 'activate': {
      const facts = { key: event.id, signsFrom: event.activatedAt, by: nameOf(by) }
      return [{ type: 'key_activation_advanced', facts }]
    }
    case 'end': {
      const { id: key, algorithm, retiredAt: signsUntil } = event
      return [{ type: 'key_chain_ended', facts: { key, algorithm, signsUntil } }]
    }
    case 'revoke':
      return [{ type: 'key_revoked', facts: { key: event.id, by: nameOf(by) } }]
    case 'erase':
    case 'delete':
      return []
  }
}

/** Returns the audit event of a key that is published. */
export function introductionOf({
  id: key,
  algorithm,
  activatedAt: signsFrom,
}: Pick<StoredSigningKey, 'id' | 'algorithm' | 'activatedAt'>): SecurityEvent {
  return { type: 'key_introduced', facts: { key, algorithm, signsFrom } }
}
