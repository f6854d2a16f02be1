import { BlockList, isIP } from 'node:net'
import { forwardedFor, type ProxyHeader } from './forwarded.ts'

/** The other end of a connection, as the socket tells it; nobody knows it of a request that came without one. */
export interface Peer {
  readonly address?: string | undefined
  /** The connection came to a socket of ours and is not encrypted. */
  readonly plain?: boolean
}

/** What stands between callers and this server, as its operator has declared it. */
export interface Topology {
  /** Proxies, as addresses or networks such as `10.0.0.0/8`: only what these say of others is believed. */
  readonly proxies: readonly string[]
  /** Where they write from whom a request came. */
  readonly header: ProxyHeader
  /** Others at whose end callers stand whom nobody can tell apart, such as this machine itself; what they say is not believed. */
  readonly unknown?: readonly string[]
}

/** This machine itself. */
export const loopback = ['127.0.0.0/8', '::1'] as const

/** From where a request comes: the only place that decides it. */
export interface Addresses {
  /**
   * The caller's address. Undefined where nobody knows it: of a request that came through a proxy which does not say. It is not the
   * proxy's own, or all would be taken for one and share its limits.
   */
  of(peer: Peer, header: (name: string) => string | null): string | undefined
  /** The address of a connection on which nothing was said yet; undefined where many callers stand at its other end. */
  ofConnection(address: string | undefined): string | undefined
  /** Whether the other end is a declared proxy, whose words count. */
  isProxy(peer: Peer): boolean
  /** Whether what the other end sends crosses a network in the clear: it is not this machine, nor a declared proxy. */
  isExposed(peer: Peer): boolean
}

/**
 * Makes the rule. What a caller writes into a header counts for nothing: the list of addresses is read from its end, where the last proxy
 * wrote, and only as long as those who wrote it are declared.
 */
export function createAddresses({ proxies, header: name, unknown = [] }: Topology): Addresses {
  const isDeclared = oneOf(proxies)
  const isStrange = oneOf(unknown)
  const isHere = oneOf(loopback)
  const isProxy = ({ address }: Peer) => isDeclared(plainOf(address))
  const ofConnection = (address: string | undefined) => {
    const peer = plainOf(address)
    return isDeclared(peer) || isStrange(peer) ? undefined : peer
  }
  return {
    isProxy,
    ofConnection,
    isExposed: (peer) => peer.plain === true && !isProxy(peer) && !isHere(plainOf(peer.address)),
    of({ address }, header) {
      const peer = plainOf(address)
      if (!isDeclared(peer)) return ofConnection(peer)
      let last: string | undefined
      for (const one of forwardedFor(name, header)) {
        last = plainOf(one)
        if (!isDeclared(last)) return last // it is undefined where a proxy wrote something else than an address
      }
      return last // a proxy that asks for itself, such as one that watches us
    },
  }
}

/** Whether an address is one of these, or in one of these networks. */
function oneOf(entries: readonly string[]): (address: string | undefined) => boolean {
  if (entries.length === 0) return () => false
  const list = new BlockList()
  for (const one of entries) {
    const [address = '', prefix] = one.split('/')
    const family = familyOf(address)
    if (prefix === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(prefix), family)
  }
  return (address) => address !== undefined && list.check(address, familyOf(address))
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4'
}

/** An address in the form in which it is compared: without the prefix of an IPv4 address in IPv6. */
function plainOf(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '')
  return plain !== undefined && isIP(plain) !== 0 ? plain : undefined
}
