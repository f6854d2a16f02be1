/** Where a proxy writes from whom a request came: `forwarded` is RFC 7239, `x-forwarded-for` what was there before it. */
export type ProxyHeader = 'none' | 'forwarded' | 'x-forwarded-for'

/** The headers with which proxies tell of callers; without a declared proxy they are anybody's. */
export const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip'] as const

/**
 * The addresses that proxies wrote, the nearest proxy's first; undefined for an entry that holds none (`unknown`, or a name made up). Each proxy
 * adds at the end, so the list is read from there: whatever a caller put before it, an open quote included, changes nothing.
 */
export function* forwardedFor(
  name: ProxyHeader,
  header: (name: string) => string | null,
): Generator<string | undefined> {
  const text = name === 'none' ? null : header(name)
  if (text === null) return
  for (const entry of backwards(text)) yield addressOf(name === 'forwarded' ? nodeOf(entry) : entry)
}

/** What stands between commas, from the last to the first; a comma in quotes parts nothing. */
function* backwards(text: string): Generator<string> {
  let end = text.length
  let quoted = false
  for (let at = end - 1; at >= 0; at--) {
    if (text[at] === '"') quoted = !quoted
    if (text[at] !== ',' || quoted) continue
    yield text.slice(at + 1, end).trim()
    end = at
  }
  yield text.slice(0, end).trim()
}

/** The node that `for` names, once, in an element of `Forwarded`. */
function nodeOf(element: string): string {
  const pairs = element.split(';').map((pair) => pair.trim())
  const named = pairs.filter((pair) => /^for=/i.test(pair))
  return named.length === 1 ? (named[0]?.slice(4).replace(/^"([^"\\]*)"$/, '$1') ?? '') : ''
}

/** The address of a node, without brackets and without a port. Whether it is one is judged by who compares it. */
function addressOf(node: string): string | undefined {
  const match =
    /^(?:\[([\da-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?|([\da-f:.]+))$/i
  const [, bracketed, v4, bare] = match.exec(node) ?? []
  return bracketed ?? v4 ?? bare
}
