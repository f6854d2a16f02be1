import { limitKey } from '../limits/limit-key.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import type { Runtime } from '../../runtime.ts'
import type { Transaction } from '../store.ts'
import { foldRefusal } from '../authentication/refusal-fold.ts'

const nowhere = { count: 0, until: 0 }

/**
 * Counts a refused sign-in from an address, in the transaction that tells of it. Answers for how many its entry stands; for none, there is
 * to be no entry. Addresses that are not known are one place.
 */
export async function countRefusal(
  { root, clock }: Pick<Runtime, 'root' | 'clock'>,
  tx: Transaction,
  address: string | undefined,
): Promise<number> {
  const key = limitKey(
    root,
    'refusals-of-place',
    address === undefined ? '' : clientNetworkOf(address),
  )
  const known = (await tx.limits.lock([key])).get(key) ?? nowhere
  const { after, standsFor } = foldRefusal(known, clock.now())
  await tx.limits.put(key, after)
  return standsFor
}
