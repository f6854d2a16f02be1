import { clientNetworksOf, createNetworkCounts } from './client-network.ts'

/** Shares the checks of passwords that may run and wait at once among client networks, so that none takes all of them. */
export interface CheckShares {
  /**
   * Takes one check and returns a function that gives it back; `undefined` if there is none for this client. Without an address no client can
   * be told from another, and none is refused. `isTrusted`: the user has signed in from this network before.
   */
  take(address: string | undefined, isTrusted: boolean): (() => void) | undefined
}

const maxChecks = 64 // as many as the password hasher queues
const freeForAll = maxChecks / 2 // below, no network is asked how many it has, because the queue is short
const forUnknown = (maxChecks * 3) / 4 // the rest is for users on networks where they have signed in
/** Above {@link freeForAll}: the checks of an IPv4 address or a /64 network, of a /56 (a customer), and of a /48 (a site). */
const shares = [8, 8, 16]

/** Makes the shares of one process. */
export function createCheckShares(): CheckShares {
  const held = createNetworkCounts()
  let total = 0
  return {
    take(address, isTrusted) {
      if (address === undefined) return () => {}
      const networks = clientNetworksOf(address)
      const isOver = (network: string, level: number) =>
        held.of(network) >= (shares[level] ?? maxChecks)
      if (total >= (isTrusted ? maxChecks : forUnknown)) return undefined
      if (total >= freeForAll && networks.some(isOver)) return undefined
      total++
      held.add(networks, 1)
      return () => {
        total--
        held.add(networks, -1)
      }
    },
  }
}
