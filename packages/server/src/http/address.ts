import { BlockList, isIPv6 } from 'node:net'

/** The other end of a connection, as the socket tells it; nobody knows it of a request that came without one. */
export interface Peer {
  readonly address?: string | undefined
}

/**
 * From which address a request comes: the only place that decides it. Of a request that came through a declared proxy the address is not
 * known yet, for who sent it stands in headers that nobody reads here; it is not the proxy's, or all would be taken for one.
 */
export type AddressOf = (peer: Peer) => string | undefined

/** Makes the rule for proxies that are addresses or networks, such as `10.0.0.0/8`. */
export function createAddressOf(proxies: readonly string[]): AddressOf {
  const declared = new BlockList()
  for (const one of proxies) {
    const [address = '', prefix] = one.split('/')
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (prefix === undefined) declared.addAddress(address, family)
    else declared.addSubnet(address, Number(prefix), family)
  }
  return ({ address }) => {
    const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '')
    if (plain === undefined || declared.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4'))
      return undefined
    return plain
  }
}
