const maxLength = 4096 // characters, for the requests of applications that users sign in with

/**
 * Parses `return_to`, the page to open after signing in: a path of this site, or `undefined` for anything else. Text that is not plainly a
 * path is rejected rather than repaired, since browsers and proxies disagree on it: `//host` and `/\host` are other sites, and so is
 * `/%2F/host` or `/%5Chost` to software that decodes twice (CVE-2025-27143, CVE-2025-71403).
 */
export function parseReturnPath(text: string | null | undefined): string | undefined {
  if (!text || text.length > maxLength) return undefined
  const [path = ''] = text.split(/[?#]/, 1)
  if (!/^\/[\w.~!$&'()*+,;=:@/%-]*$/.test(path) || !/^[\x21-\x7e]*$/.test(text)) return undefined
  if (path.includes('//') || text.includes('\\') || /%(?:25|2f|5c|0\w|1\w|7f)/i.test(path))
    return undefined
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) return undefined
  const base = 'https://here.invalid'
  return URL.canParse(text, base) && new URL(text, base).origin === base ? text : undefined
}
