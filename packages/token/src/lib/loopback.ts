import { isIPv4 } from 'node:net'

/** Returns whether a host name or an address, in brackets or not, reaches this machine only: also `auth.localhost` (RFC 6761, section 6.3). */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return (
    /^(.+\.)?localhost$/.test(bare) || bare === '::1' || (isIPv4(bare) && bare.startsWith('127.'))
  )
}
