/** The header in which a proxy writes the caller's address: `forwarded` is RFC 7239, `x-forwarded-for` its predecessor. */
export type ProxyHeader = 'none' | 'forwarded' | 'x-forwarded-for'

/** The headers that proxies use for the caller's address; without a declared proxy any caller can send them. */
export const forwardingHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip'] as const

/**
 * Yields the addresses that proxies wrote, the nearest proxy's first; undefined for an entry without one (`unknown`, or an obfuscated name).
 * Each proxy appends at the end, so the list is read backwards: text that a caller put before it, even an unclosed quote, has no effect.
 */
export function* forwardedFor(
  name: ProxyHeader,
  header: (name: string) => string | null,
): Generator<string | undefined> {
  const text = name === 'none' ? null : header(name)
  if (text === null) return
  if (name === 'forwarded') for (const one of backwards(text)) yield addressOf(nodeOf(one) ?? '')
  else for (const one of text.split(',').toReversed()) yield addressOf(one.trim())
}

/** Yields the elements of `Forwarded` from the last to the first; a comma in a quoted string does not separate elements. */
function* backwards(text: string): Generator<string> {
  let end = text.length
  for (let at = end - 1; at >= 0; at--) {
    if (text[at] === '"') at = openingOf(text, at)
    else if (text[at] === ',') {
      yield text.slice(at + 1, end).trim()
      end = at
    }
  }
  yield text.slice(0, end).trim()
}

/** Returns the start of the string that a quote closes: the nearest unescaped quote before it, or a position before the text. */
function openingOf(text: string, closing: number): number {
  let at = closing - 1
  while (at >= 0 && (text[at] !== '"' || isEscaped(text, at))) at--
  return at
}

/** Returns whether an odd number of backslashes precedes a position: each pair is one escaped backslash. */
function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

// RFC 7239, section 4: `name=value` with `;` between, where a value is a token or a quoted string. Spaces around `;` are accepted.
const token = String.raw`[!#$%&'*+.^_\`|~\w-]+`
const pair = String.raw`(${token})=(?:(${token})|"((?:[^"\\]|\\.)*)")`
const wellFormed = new RegExp(String.raw`^(?:${pair}[ \t]*)?(?:;[ \t]*(?:${pair}[ \t]*)?)*$`)
const pairs = new RegExp(pair, 'g')

/** Returns the node of the only `for` in an element of `Forwarded`; undefined for a malformed element. */
function nodeOf(element: string): string | undefined {
  if (!wellFormed.test(element)) return undefined
  const nodes = [...element.matchAll(pairs)].filter(([, name]) => name?.toLowerCase() === 'for')
  const [, , bare, quoted] = nodes.length === 1 ? (nodes[0] ?? []) : []
  return bare ?? quoted?.replaceAll(/\\(.)/g, '$1')
}

/** Returns the address of a node, without brackets and port. The caller checks that it is an address. */
function addressOf(node: string): string | undefined {
  const match =
    /^(?:\[([\da-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?|([\da-f:.]+))$/i
  const [, bracketed, v4, bare] = match.exec(node) ?? []
  return bracketed ?? v4 ?? bare
}
