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
  if (name === 'forwarded') for (const one of backwards(text)) yield addressOf(nodeOf(one) ?? '')
  else for (const one of text.split(',').toReversed()) yield addressOf(one.trim())
}

/** The elements of `Forwarded`, from the last to the first; a comma in a quoted string parts nothing. */
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

/** Where the string begins that this quote ends: at the nearest quote before it that is not escaped; before the text, if there is none. */
function openingOf(text: string, closing: number): number {
  let at = closing - 1
  while (at >= 0 && (text[at] !== '"' || isEscaped(text, at))) at--
  return at
}

/** Whether an odd number of backslashes stands before it: each two of them are one that is meant. */
function isEscaped(text: string, at: number): boolean {
  let first = at
  while (text[first - 1] === '\\') first--
  return (at - first) % 2 === 1
}

// RFC 7239, section 4: `name=value` with `;` between, where a value is a token or a quoted string. Blanks around `;` are let pass.
const token = String.raw`[!#$%&'*+.^_\`|~\w-]+`
const pair = String.raw`(${token})=(?:(${token})|"((?:[^"\\]|\\.)*)")`
const wellFormed = new RegExp(String.raw`^(?:${pair}[ \t]*)?(?:;[ \t]*(?:${pair}[ \t]*)?)*$`)
const pairs = new RegExp(pair, 'g')

/** The node that `for` names, once, in an element of `Forwarded`; none in what is no such element. */
function nodeOf(element: string): string | undefined {
  if (!wellFormed.test(element)) return undefined
  const nodes = [...element.matchAll(pairs)].filter(([, name]) => name?.toLowerCase() === 'for')
  const [, , bare, quoted] = nodes.length === 1 ? (nodes[0] ?? []) : []
  return bare ?? quoted?.replaceAll(/\\(.)/g, '$1')
}

/** The address of a node, without brackets and without a port. Whether it is one is judged by who compares it. */
function addressOf(node: string): string | undefined {
  const match =
    /^(?:\[([\da-f:.]+)\](?::\d{1,5})?|(\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?|([\da-f:.]+))$/i
  const [, bracketed, v4, bare] = match.exec(node) ?? []
  return bracketed ?? v4 ?? bare
}
