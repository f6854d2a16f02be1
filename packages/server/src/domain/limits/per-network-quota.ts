import { clientNetworksOf, createNetworkCounts } from './client-network.ts'

const minShare = 16 // for one network at least, such as the servers of a company behind one address

/** Limits how much of a scarce resource one client network can hold, so that none takes all of it from the others. */
export interface PerNetworkQuota {
  /**
   * Takes one unit for the client at this address, and returns a function that gives it back. Returns `undefined` if the network holds its
   * share already, a tenth of all and at least 16; of IPv6, a /56 twice and a /48 four times as much. Without an address no client can be told from another, and none is refused.
   */
  take(address: string | undefined): (() => void) | undefined
}

/** Makes the quota of a resource of which there are `total` units. */
export function createPerNetworkQuota(total: number): PerNetworkQuota {
  const held = createNetworkCounts()
  const share = Math.max(minShare, Math.floor(total / 10))
  return {
    take(address) {
      if (address === undefined) return () => {}
      const networks = clientNetworksOf(address)
      const isFull = (network: string, level: number) => held.of(network) >= share * 2 ** level
      if (networks.some(isFull)) return undefined
      held.add(networks, 1)
      return () => held.add(networks, -1)
    },
  }
}
