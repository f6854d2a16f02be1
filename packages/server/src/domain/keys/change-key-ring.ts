import type { SecurityEvent } from '../audit-log/event.ts'
import { recordEvents } from '../audit-log/record-event.ts'
import type { Runtime } from '../../runtime.ts'
import { act } from '../administration/transaction-as.ts'
import { nameOf, type Actor } from '../administration/actor.ts'
import type { SigningKeys } from './signing-keys.ts'
import { makeSigningKey } from './make-signing-key.ts'
import { afterStep, type KeyStep } from './plan-rotation.ts'
import type { Ring, EncryptedKey, StoredSigningKey } from './signing-key.ts'

/** What an operation on the ring may touch. */
export type RingRuntime = Pick<
  Runtime,
  'store' | 'clock' | 'random' | 'root' | 'log' | 'policies' | 'keyEncryptionKeys'
>

/** What was done to which key. */
type KeyEvent =
  | (KeyStep & { readonly kind: 'introduce' } & EncryptedKey)
  | Exclude<KeyStep, { readonly kind: 'introduce' }>

/** What a judgment says of the ring, and the steps that follow from it. */
export interface Judged<Verdict> {
  readonly verdict: Verdict
  readonly steps: readonly KeyStep[]
}

/**
 * Judges the ring and takes the steps, under the lock: of many who judge alike at once, one acts, and the others find it done.
 *
 * The first look is without the lock, for it is asked every minute and nearly always in vain; and a new key is made between the
 * two looks, for that can take longer than anybody should hold a lock. `by` is who asked for it, for the audit log; nobody, where it was due.
 */
export async function changeRing<Verdict>(
  runtime: RingRuntime,
  judge: (ring: Ring) => Judged<Verdict>,
  by?: Actor,
): Promise<Verdict> {
  const { store, clock, log } = runtime
  const now = clock.now()
  const seen = judge(await store.signingKeys.list())
  if (seen.steps.length === 0) return seen.verdict
  const made: EncryptedKey[] = []
  const fresh = () => made[0] ?? (made[0] = makeSigningKey(runtime))
  if (seen.steps.some(({ kind }) => kind === 'introduce')) fresh()

  const { verdict, events } = await act(runtime, by, async (tx) => {
    await tx.lock('signing_keys')
    const before = await tx.signingKeys.list()
    const judged = judge(before)
    const step = (ring: Ring, one: KeyStep) => afterStep(ring, one, now, fresh)
    await write(tx.signingKeys, before, judged.steps.reduce(step, before))
    const toEvent = (one: KeyStep) => (one.kind === 'introduce' ? { ...one, ...fresh() } : one)
    const taken = judged.steps.map(toEvent)
    await recordEvents(runtime, tx, ...taken.flatMap((one) => accountOf(one, by)))
    return { verdict: judged.verdict, events: taken }
  })
  events.forEach((event) => tell(log, event))
  return verdict
}

/** Writes the difference. Those that have an end go first: the database allows one key without. */
async function write(table: SigningKeys, before: Ring, after: Ring): Promise<void> {
  const kept = new Set(after.map(({ id }) => id))
  const known = new Map(before.map((key) => [key.id, key]))
  const changed = after.filter((key) => known.has(key.id) && known.get(key.id) !== key)
  for (const key of changed) if (key.retiredAt !== null) await table.updateTimes(key)
  for (const key of changed) if (key.retiredAt === null) await table.updateTimes(key)
  for (const { id, sealed } of changed) {
    const was = known.get(id)?.sealed ?? sealed
    if (was !== sealed) await table.replaceEncrypted({ context: id, sealed: was }, sealed)
  }
  for (const { id } of before) if (!kept.has(id)) await table.delete(id)
  for (const key of after) if (!known.has(key.id)) await table.add(key)
}

const sentences: Readonly<Record<KeyStep['kind'], string>> = {
  introduce: 'a signing key is published',
  activate: 'a signing key begins to sign earlier',
  withdraw: 'a signing key is withdrawn',
  erase: 'the private half of a retired signing key is destroyed',
  forget: 'a retired signing key is forgotten',
}

function tell(log: Runtime['log'], event: KeyEvent): void {
  const { id: key, kind } = event
  const signsFrom = 'activatedAt' in event ? event.activatedAt : undefined
  log.info({ key, signsFrom }, sentences[kind])
}

/** What the audit log says of a step; nothing of mere tidying. */
function accountOf(event: KeyEvent, by: Actor | undefined): readonly SecurityEvent[] {
  switch (event.kind) {
    case 'introduce':
      return [introductionOf(event)]
    case 'activate': {
      const facts = { key: event.id, signsFrom: event.activatedAt, by: nameOf(by) }
      return [{ type: 'key_hastened', facts }]
    }
    case 'withdraw':
      return [{ type: 'key_withdrawn', facts: { key: event.id, by: nameOf(by) } }]
    case 'erase':
    case 'forget':
      return []
  }
}

/** What the audit log says of a key that is published. */
export function introductionOf({
  id: key,
  algorithm,
  activatedAt: signsFrom,
}: Pick<StoredSigningKey, 'id' | 'algorithm' | 'activatedAt'>): SecurityEvent {
  return { type: 'key_introduced', facts: { key, algorithm, signsFrom } }
}
