import { createHash, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../../domain/kernel/secret.ts'

/** The source of the metrics, such as a meter. */
export interface MetricsSource {
  text(): Promise<string>
  readonly type: string
}

/** Makes the handler of `GET /metrics`, which has a port of its own. With a secret, it requires that secret as a bearer token. */
export function createMetricsHandler(
  meter: MetricsSource,
  secret: Secret | undefined,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    const refuse = (status: number, more: Readonly<Record<string, string>> = {}) =>
      new Response(null, { status, headers: { ...headers, ...more } })
    if (new URL(request.url).pathname !== '/metrics') return refuse(404)
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(405, { allow: 'GET, HEAD' })
    if (secret && !isSame(request.headers.get('authorization') ?? '', `Bearer ${secret.reveal()}`))
      return refuse(401, { 'www-authenticate': 'Bearer' })
    return new Response(await meter.text(), { headers: { ...headers, 'content-type': meter.type } })
  }
}

/** Compares digests: both have the same length, so the time leaks nothing about either text. */
function isSame(sent: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(sent), digest(wanted))
}
