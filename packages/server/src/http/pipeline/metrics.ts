import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../domain/kernel/secret.ts'

/** What can be scraped. */
export interface Scraped {
  text(): Promise<string>
  readonly type: string
}

/** Answers `GET /metrics`, and nothing else; with a secret, only to who sends it as a bearer token. It stands on a port of its own. */
export function createMetricsHandler(
  meter: Scraped,
  secret: Secret | undefined,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    const no = (status: number, more: Readonly<Record<string, string>> = {}) =>
      new Response(null, { status, headers: { ...headers, ...more } })
    if (new URL(request.url).pathname !== '/metrics') return no(404)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return no(405, { allow: 'GET, HEAD' })
    if (secret && !isSame(request.headers.get('authorization') ?? '', `Bearer ${secret.reveal()}`))
      return no(401, { 'www-authenticate': 'Bearer' })
    return new Response(await meter.text(), { headers: { ...headers, 'content-type': meter.type } })
  }
}

/** Hashed first: then both have one length, and the time tells nothing of either. */
function isSame(sent: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(sent), digest(wanted))
}
