import type { IncomingMessage } from 'node:http'
import type { Credentials } from './credentials.ts'

/** What a guard looks at of a request of `node:http`, one that asks for a WebSocket too: for `guard.check` and `guard.explain`. */
export function nodeCredentials(request: IncomingMessage): Credentials {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    header: (name) => headerOf(request.rawHeaders, name),
  }
}

/** Several of one name are joined: `request.headers` keeps the first and says nothing of a second Authorization header. */
function headerOf(raw: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (let at = 0; at < raw.length; at += 2) {
    const own = raw[at] as string // a name and a value by turns
    if (own.length !== name.length || own.toLowerCase() !== name) continue
    found = found === undefined ? raw[at + 1] : `${found}, ${raw[at + 1]}`
  }
  return found
}
