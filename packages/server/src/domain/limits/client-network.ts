/**
 * Returns the client network of an address, for limits: an IPv4 address itself, or the /64 network of an IPv6 address, because a host that has
 * one address of such a network can use them all. Takes an address in the form that sockets report.
 */
export function clientNetworkOf(address: string): string {
  return clientNetworksOf(address)[0]
}

/**
 * Returns the client network of an address and the larger ones that hold it, which one customer or one site may have as a whole: the /56 and the
 * /48 of an IPv6 address, none for IPv4.
 */
export function clientNetworksOf(address: string): readonly [string, ...string[]] {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return [mapped[1] ?? address]
  if (!address.includes(':')) return [address]
  const [bare = ''] = address.split('%') // the zone of a link-local address
  const [head = '', tail] = bare.toLowerCase().split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after)
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...(tail ?? '').split(':')]
  const [a = 0, b = 0, c = 0, d = 0] = all.slice(0, 4).map((group) => Number.parseInt(group, 16))
  const network = (bits: number, ...first: readonly number[]) =>
    `${first.map((group) => group.toString(16)).join(':')}::/${bits}`
  return [network(64, a, b, c, d), network(56, a, b, c, d & 0xff00), network(48, a, b, c)]
}

/** The amounts of something that client networks hold. */
export interface NetworkCounts {
  of(network: string): number
  add(networks: readonly string[], change: 1 | -1): void
}

/** Makes counts that remember no network that holds nothing. */
export function createNetworkCounts(): NetworkCounts {
  const held = new Map<string, number>()
  const of = (network: string) => held.get(network) ?? 0
  return {
    of,
    add(networks, change) {
      for (const network of networks) {
        const now = of(network) + change
        if (now > 0) held.set(network, now)
        else held.delete(network)
      }
    },
  }
}
