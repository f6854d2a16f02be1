import { lookup } from 'node:dns/promises'
import { BlockList, isIPv4 } from 'node:net'

/** An address that a name resolves to. */
export interface ResolvedAddress {
  readonly address: string
  readonly family: number
}

/** Resolves a host name, once. Rejects if it has no address that may be connected to. */
export type ResolveHost = (host: string) => Promise<readonly ResolvedAddress[]>

// The special-use addresses of IPv4 (RFC 6890 and the registry of IANA, multicast and reserved ones included).
const specialIPv4 = blockListOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
])

// Only global unicast is public; everything outside, such as mapped IPv4 addresses and those of NAT64, is special.
const globalIPv6 = blockListOf('ipv6', ['2000::/3'])
const specialIPv6 = blockListOf('ipv6', [
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
])

/** Returns whether an address is on the public Internet: no special-use address (RFC 6890), in which the network of this server can be. Pure. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !specialIPv4.check(address, 'ipv4')
  return globalIPv6.check(address, 'ipv6') && !specialIPv6.check(address, 'ipv6')
}

/** The addresses of a host are not all public. */
export class AddressRefused extends Error {}

/**
 * Makes a resolver of public hosts. One address that is not public refuses the host: a name with public and private addresses is no mistake. Rejects
 * with {@link AddressRefused}.
 */
export function createPublicResolver(
  resolve: ResolveHost = (host) => lookup(host, { all: true }),
): ResolveHost {
  return async (host) => {
    const addresses = await resolve(host.replace(/^\[(.*)\]$/, '$1'))
    if (addresses.length === 0 || !addresses.every(({ address }) => isPublicAddress(address)))
      throw new AddressRefused()
    return addresses
  }
}

function blockListOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address = '', prefix = ''] = network.split('/')
    list.addSubnet(address, Number(prefix), family)
  }
  return list
}
