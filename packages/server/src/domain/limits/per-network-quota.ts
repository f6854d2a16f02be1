import { clientNetworkOf } from './client-network.ts'

const least = 16 // for one place at least, such as the servers of a company behind one address

/** Counts who holds something from where, of which there is only so much: no place takes all of it from the others. */
export interface PerNetworkQuota {
  /**
   * Takes one of them for whoever comes from this address; what comes back gives it back. `undefined` when their place holds its share already,
   * a tenth of all and at least 16. Where no address is known nobody can be told apart, and nobody is refused.
   */
  take(address: string | undefined): (() => void) | undefined
}

/** Makes the count for something of which there is `most`. */
export function createPerNetworkQuota(most: number): PerNetworkQuota {
  const held = new Map<string, number>()
  const share = Math.max(least, Math.floor(most / 10))
  return {
    take(address) {
      if (address === undefined) return () => {}
      const place = clientNetworkOf(address)
      const before = held.get(place) ?? 0
      if (before >= share) return undefined
      held.set(place, before + 1)
      return () => {
        const now = (held.get(place) ?? 0) - 1
        if (now > 0) held.set(place, now)
        else held.delete(place)
      }
    },
  }
}
