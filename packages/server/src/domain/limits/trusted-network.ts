import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { RootSecret } from '../kernel/root-secret.ts'
import { clientNetworkOf } from './client-network.ts'
import { limitKey } from './limit-key.ts'
import type { LimitTables } from './limits.ts'

// A trusted network is a client network from which a user has signed in: attempts from it do not count together with those from unknown networks.

const trustedNetworkSeconds = 30 * 86_400 // a user who signs in once a month stays known
const trustRenewalSeconds = 86_400 // so that it is not written at every sign-in

/** Returns the key of a trusted network of the user with a folded name; its row lasts as long as the trust. */
export function trustedNetworkKey(root: RootSecret, name: string, network: string): string {
  return limitKey(root, 'trusted-network', name, network)
}

/** Trusts a network for 30 more days; writes nothing if that was done within a day. */
export async function renewTrust(
  { limits }: LimitTables,
  key: string,
  trustedUntil: Seconds,
  now: Seconds,
): Promise<void> {
  if (trustedUntil < now + trustedNetworkSeconds - trustRenewalSeconds)
    await limits.put(key, { count: 0, until: now + trustedNetworkSeconds })
}

/** Trusts the network of a client for the user with a folded name, who has proven a second factor. */
export async function trustNetwork(
  { root, clock }: { readonly root: RootSecret; readonly clock: Clock },
  tx: LimitTables,
  { name, address }: { readonly name: string; readonly address: string | undefined },
): Promise<void> {
  if (address === undefined) return
  const key = trustedNetworkKey(root, name, clientNetworkOf(address))
  const until = (await tx.limits.find([key])).get(key)?.until ?? 0
  await renewTrust(tx, key, until, clock.now())
}
