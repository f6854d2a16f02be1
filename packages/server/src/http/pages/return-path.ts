const longest = 1024 // characters; no page of an application has a longer path

/**
 * Where to go after signing in, from the `return_to` of a request: a path of this very site, or `undefined` for anything else. What is
 * not plainly a path is refused rather than repaired, for browsers and proxies read it in more ways than one: `//host` and `/\host` are
 * other sites, and so is `/%2F/host` or `/%5Chost` to who decodes once too often (CVE-2025-27143, CVE-2025-71403).
 */
export function parseReturnPath(text: string | null | undefined): string | undefined {
  if (!text || text.length > longest) return undefined
  const [path = ''] = text.split(/[?#]/, 1)
  if (!/^\/[\w.~!$&'()*+,;=:@/%-]*$/.test(path) || !/^[\x21-\x7e]*$/.test(text)) return undefined
  if (path.includes('//') || text.includes('\\') || /%(?:25|2f|5c|0\w|1\w|7f)/i.test(path))
    return undefined
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) return undefined
  const base = 'https://here.invalid'
  return URL.canParse(text, base) && new URL(text, base).origin === base ? text : undefined
}
