import { isIP } from 'node:net'

/**
 * Whether the target of a request can be read in one way only: its escapes are UTF-8 and hide no control characters, and `Host` holds nothing
 * but a host and a port (RFC 3986, section 3.2.2). With a slash or a question mark there, the address that is made of both is another
 * one than the target (`Host: 0/admin`); of two Hosts, joined by a comma, nobody could say which counts (RFC 9112, section 3.2).
 */
export function isReadable(url: string, host: string | null): boolean {
  return (host === null || isHost(host)) && isUnescapable(url)
}

function isHost(text: string): boolean {
  return /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(?::\d*)?$/i.test(text)
}

function isUnescapable(url: string): boolean {
  if (!url.includes('%')) return true
  try {
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    return !/[\u0000-\u001f\u007f]/.test(decodeURIComponent(url))
  } catch {
    return false
  }
}

/**
 * Whether `Host` is a name that is neither this machine's nor `own`. Whoever owns such a name can have it lead here, and a browser then takes this
 * server for a part of their site (DNS rebinding). An address cannot be made to lead elsewhere.
 */
export function isForeignName(host: string, own: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
  return !isAddress && name !== own && name !== 'localhost' && !name.endsWith('.localhost')
}
