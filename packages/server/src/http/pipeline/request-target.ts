import { isIP } from 'node:net'

/**
 * Returns whether the target of a request is unambiguous: its percent-escapes are UTF-8 without control characters, and `Host` holds only a
 * host and a port (RFC 3986, section 3.2.2). With a slash or a question mark in `Host`, the URL built from Host and target has another path than the target
 * (`Host: 0/admin`); with two Hosts, joined by a comma, it is undefined which counts (RFC 9112, section 3.2).
 * `null` is a request without `Host`: HTTP/1.0 allows it, and nothing depends on it, because the settings name this server.
 */
export function isUnambiguous(url: string, host: string | null): boolean {
  return (host === null || (host !== '' && isHost(host))) && hasValidEscapes(url)
}

function isHost(text: string): boolean {
  return /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+;=%-]*)(?::\d*)?$/i.test(text)
}

function hasValidEscapes(url: string): boolean {
  if (!url.includes('%')) return true
  try {
    // oxlint-disable-next-line no-control-regex -- the pattern finds control characters
    return !/[\u0000-\u001f\u007f]/.test(decodeURIComponent(url))
  } catch {
    return false
  }
}

/**
 * Returns whether `Host` is a name that is neither this machine's nor `own`. The owner of such a name can point it at this machine, and a
 * browser then takes this server for a part of their site (DNS rebinding). An IP address cannot be repointed.
 */
export function isForeignName(host: string, own: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  const isAddress = isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0
  return !isAddress && name !== own && name !== 'localhost' && !name.endsWith('.localhost')
}
