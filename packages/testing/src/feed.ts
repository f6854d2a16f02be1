import { inspect, importPublicKey, localKeySet } from '@countersign/token'
import { createStatusListVerifier, type VerifiedStatusChange } from '@countersign/token/internal'
import type { Clock, PublicJwk } from '@countersign/token'

/** An event of a feed, verified as a guard verifies it. */
export interface ReceivedChange extends VerifiedStatusChange {
  /** The event's id, to resume after. */
  readonly id: string
}

/** A reader of a feed. */
export interface FeedReader {
  /** Returns the next event, or `undefined` at the end; rejects if the connection breaks. */
  next(): Promise<ReceivedChange | undefined>
  /** Returns the next event that holds a change. */
  nextChange(): Promise<ReceivedChange | undefined>
  cancel(): Promise<void>
}

type Fetch = (request: Request) => Promise<Response>

/** Follows status list 1 of the server at `url`, whose lists are named after `issuer`. */
export async function readFeed(
  request: Fetch,
  {
    url,
    issuer = url,
    clock,
    seen,
  }: { url: string; issuer?: string; clock?: Clock; seen?: string | undefined },
): Promise<FeedReader> {
  const jwks = await request(new Request(`${url}/.well-known/jwks.json`))
  const { keys } = (await jwks.json()) as { readonly keys: readonly PublicJwk[] }
  const verifier = createStatusListVerifier({
    issuer,
    algorithms: ['ES256'],
    keys: localKeySet(keys.map((jwk) => importPublicKey(jwk, 'ES256'))),
    ...(clock && { clock }),
  })
  const headers: Record<string, string> = seen === undefined ? {} : { 'last-event-id': seen }
  const response = await request(new Request(`${url}/status-lists/1/feed`, { headers }))
  if (response.status !== 200 || !response.body)
    throw new Error(`the feed answered ${response.status}`)
  const reader = response.body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  async function next(): Promise<ReceivedChange | undefined> {
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
      const change = verifier.change(lines.get('data') ?? '', `${issuer}/status-lists/1`)
      return { ...change, id: lines.get('id') ?? '' }
    }
  }
  return {
    next,
    async nextChange() {
      for (;;) {
        const change = await next()
        if (!change || change.indexes.length > 0) return change
      }
    },
    cancel: () => reader.cancel(),
  }
}

/** Returns the index of a token's bit in its status list. */
export function indexOf(token: string): number {
  const claims = inspect(token).claims as { status: { status_list: { idx: number } } }
  return claims.status.status_list.idx
}
