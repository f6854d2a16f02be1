import { BlockList, isIP } from 'node:net'
import { forwardedFor, type ProxyHeader } from './forwarded-header.ts'

// client-address/: which address a request comes from, with or without proxies in front of this server.
// Rate limits, quotas and the audit log use that address.

/** The other end of a connection, from the socket; empty for a request without a connection. */
export interface Peer {
  readonly address?: string | undefined
  /** True if the connection reached this server's own socket unencrypted. */
  readonly plain?: boolean
  /** The body of the request, if the socket has read it: to read it from a `Request` costs several times as much. */
  readonly body?: Buffer | undefined
}

/** The proxies between callers and this server, as its operator has declared them. */
export interface Topology {
  /** The trusted proxies, as addresses or networks such as `10.0.0.0/8`: only their headers are trusted. */
  readonly proxies: readonly string[]
  /** The header in which they write the caller's address. */
  readonly header: ProxyHeader
  /** Addresses that many callers share, such as this machine itself, so that the caller is unknown. Their headers are not trusted. */
  readonly unknown?: readonly string[]
}

/** The loopback networks: this machine itself. */
export const loopback = ['127.0.0.0/8', '::1'] as const

/** The rules for the addresses of callers; no other code decides them. */
export interface Addresses {
  /**
   * Returns the caller's address. Undefined if it is unknown: for a request through a proxy that does not send it. It is never the proxy's
   * own, or all its callers would share one rate limit.
   */
  of(peer: Peer, header: (name: string) => string | null): string | undefined
  /** Returns the address of a connection before its first request; undefined if many callers share it. */
  ofConnection(address: string | undefined): string | undefined
  /** Returns whether the other end is a declared proxy. */
  isProxy(peer: Peer): boolean
  /** Returns whether the connection crosses a network in clear text: unencrypted, and from neither this machine nor a declared proxy. */
  isExposed(peer: Peer): boolean
  /** Returns whether the other end is on another machine, and no declared proxy. False if its address is unknown. */
  isElsewhere(peer: Peer): boolean
}

/**
 * Makes the rules. Headers that a caller writes have no effect: the list of addresses is read from its end, where the last proxy wrote, and
 * only as far as the writers are declared proxies.
 */
export function createAddresses({ proxies, header: name, unknown = [] }: Topology): Addresses {
  const isDeclared = matcherOf(proxies)
  const isUnknown = matcherOf(unknown)
  const isLoopback = matcherOf(loopback)
  const isProxy = ({ address }: Peer) => isDeclared(normalizeAddress(address))
  const ofConnection = (address: string | undefined) => {
    const peer = normalizeAddress(address)
    return isDeclared(peer) || isUnknown(peer) ? undefined : peer
  }
  return {
    isProxy,
    ofConnection,
    isExposed: (peer) =>
      peer.plain === true && !isProxy(peer) && !isLoopback(normalizeAddress(peer.address)),
    isElsewhere(peer) {
      const address = normalizeAddress(peer.address)
      return address !== undefined && !isLoopback(address) && !isProxy(peer)
    },
    of({ address }, header) {
      const peer = normalizeAddress(address)
      if (!isDeclared(peer)) return ofConnection(peer)
      let last: string | undefined
      for (const one of forwardedFor(name, header)) {
        last = normalizeAddress(one)
        if (!isDeclared(last)) return last // undefined if a proxy wrote something other than an address
      }
      return last // the proxy's own request, such as a health check
    },
  }
}

/** Returns a test for addresses that are in a list of addresses and networks. */
function matcherOf(entries: readonly string[]): (address: string | undefined) => boolean {
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

/** Normalizes an address for comparison: without the IPv6 prefix of a mapped IPv4 address. */
function normalizeAddress(address: string | undefined): string | undefined {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/i, '')
  return plain !== undefined && isIP(plain) !== 0 ? plain : undefined
}
