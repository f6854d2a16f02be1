import { inspect, importPublicKey, localKeySet } from '@countersign/token'
import { createStatusListVerifier, type VerifiedStatusChange } from '@countersign/token/internal'
import type { Clock, PublicJwk } from '@countersign/token'

/** What a feed said, believed as a guard believes it. */
export interface Heard extends VerifiedStatusChange {
  /** The id that came with it, to go on from. */
  readonly id: string
}

/** A reader of a feed. */
export interface FeedReader {
  /** The next event; `undefined` at the end, and a rejection when the connection breaks. */
  next(): Promise<Heard | undefined>
  /** The next one that says that something has changed. */
  nextChange(): Promise<Heard | undefined>
  cancel(): Promise<void>
}

type Ask = (request: Request) => Promise<Response>

/** Follows a list of the server at `url`, whose lists are named after `issuer`. */
export async function readFeed(
  ask: Ask,
  {
    url,
    issuer = url,
    clock,
    seen,
  }: { url: string; issuer?: string; clock?: Clock; seen?: string | undefined },
): Promise<FeedReader> {
  const jwks = await ask(new Request(`${url}/.well-known/jwks.json`))
  const { keys } = (await jwks.json()) as { readonly keys: readonly PublicJwk[] }
  const verifier = createStatusListVerifier({
    issuer,
    algorithms: ['ES256'],
    keys: localKeySet(keys.map((jwk) => importPublicKey(jwk, 'ES256'))),
    ...(clock && { clock }),
  })
  const headers: Record<string, string> = seen === undefined ? {} : { 'last-event-id': seen }
  const response = await ask(new Request(`${url}/status-lists/1/feed`, { headers }))
  if (response.status !== 200 || !response.body)
    throw new Error(`the feed answered ${response.status}`)
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  async function next(): Promise<Heard | undefined> {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end < 0) {
        const { value, done } = await reader.read()
        if (done) return undefined
        text += decoder.decode(value, { stream: true })
        continue
      }
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      const lines = new Map(
        event.split('\n').map((line) => line.split(': ', 2) as [string, string]),
      )
      if (lines.get('event') !== 'status') continue
      const heard = verifier.change(lines.get('data') ?? '', `${issuer}/status-lists/1`)
      return { ...heard, id: lines.get('id') ?? '' }
    }
  }
  return {
    next,
    async nextChange() {
      for (;;) {
        const heard = await next()
        if (!heard || heard.indexes.length > 0) return heard
      }
    },
    cancel: () => reader.cancel(),
  }
}

/** Which bit a token names. */
export function indexOf(token: string): number {
  const claims = inspect(token).claims as { status: { status_list: { idx: number } } }
  return claims.status.status_list.idx
}
