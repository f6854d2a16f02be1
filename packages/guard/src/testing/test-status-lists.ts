import { createStatusList, inspect, type SigningKey } from '@countersign/token'
import { createStatusListSigner } from '@countersign/token/internal'
import type { FixedClock } from '@countersign/token/testing'

/** The status list of a test issuer and its feed, and their faults. */
export interface TestRevocation {
  /**
   * `cut`: connections are lost and refused. `silent`: they stay open and nothing arrives, as when a machine dies. `absent`: there
   * is no feed at all, as with issuers that only publish lists.
   */
  feed: 'up' | 'cut' | 'silent' | 'absent'
  /** The availability of the list: `down` answers 503. */
  list: 'up' | 'down'
  /** Forgets the history of changes, as an issuer that restarts: a guard that lost its feed before that sees a gap, and loads the list again. */
  forget(): void
  readonly listRequests: number
  readonly feedRequests: number
}

/** The status list of a test issuer. */
export interface TestStatusLists {
  readonly revocation: TestRevocation
  /** Returns the status claim of a new token. */
  newStatus(): { readonly status_list: { readonly idx: number; readonly uri: string } }
  revoke(token: string): void
  /** Breaks every connection. */
  cut(): void
  /** Responds to a request for the list or its feed; `undefined` for any other. */
  answer(path: string, init: RequestInit | undefined): Response | undefined
}

const size = 2 ** 16 // tokens of one test
const heartbeat = 5 // seconds
const text = new TextEncoder()

/** Creates the status list of an issuer, its feed and its faults. */
export function createTestStatusLists(
  url: string,
  key: () => SigningKey,
  clock: FixedClock,
): TestStatusLists {
  const list = createTestList(url, key, clock)
  const { pathname } = new URL(list.uri)
  let feed: TestRevocation['feed'] = 'up'
  const streams = createStreams(clock, () => feed === 'up', list.beat)
  const revocation = {
    get feed() {
      return feed
    },
    set feed(next) {
      feed = next
      if (next === 'cut' || next === 'absent') streams.cut()
    },
    list: 'up' as TestRevocation['list'],
    forget: list.forget,
    listRequests: 0,
    feedRequests: 0,
  }

  function answerFeed({ headers, signal }: RequestInit): Response {
    revocation.feedRequests++
    if (feed === 'cut') throw new TypeError('fetch failed')
    if (feed === 'absent') return new Response('', { status: 404 })
    const last = Number(new Headers(headers).get('last-event-id'))
    return new Response(streams.open(feed === 'up' ? list.since(last) : '', signal), {
      headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store' },
    })
  }

  return {
    revocation,
    newStatus: list.newStatus,
    revoke: (token) => streams.send(list.revoke(token)),
    cut: streams.cut,
    answer(path, init = {}) {
      if (path === `${pathname}/feed`) return answerFeed(init)
      if (path !== pathname) return undefined
      revocation.listRequests++
      return revocation.list === 'up' ? list.answer(init) : new Response('', { status: 503 })
    },
  }
}

interface Change {
  readonly seq: number
  readonly idx: number
}

/** Creates the list itself, and the events of its feed. */
function createTestList(url: string, key: () => SigningKey, clock: FixedClock) {
  const uri = `${url.replace(/\/$/, '')}/status-lists/1`
  const signer = createStatusListSigner({ key, issuer: url, clock })
  const list = createStatusList(size)
  let history: readonly Change[] = []
  let [seq, forgotten, given] = [0, 0, 0]
  const eventOf = (after: number, changes: readonly Change[]) => {
    const change = { uri, after, seq, indexes: changes.map(({ idx }) => idx) }
    const data = signer.change({ ...change, lifetime: 3 * heartbeat })
    return `event: status\nid: ${seq}\ndata: ${data}\n\n`
  }
  return {
    uri,
    newStatus: () => ({ status_list: { idx: (given++ * 7919) % size, uri } }), // far from one another
    revoke(token: string): string {
      const { status } = inspect(token).claims as {
        readonly status: { readonly status_list: Change }
      }
      const { idx } = status.status_list
      list.set(idx, 1)
      history = [...history, { seq: ++seq, idx }]
      return eventOf(seq - 1, history.slice(-1))
    },
    beat: () => eventOf(seq, []),
    /** Returns the event with all changes after one, or an event that shows the guard that it missed some. */
    since(last: number): string {
      if (last < forgotten) return eventOf(seq, [])
      return eventOf(
        Math.min(last, seq),
        history.filter((one) => one.seq > last),
      )
    },
    forget() {
      ;[forgotten, history] = [seq, []]
    },
    answer({ headers }: RequestInit): Response {
      const etag = `"${seq}-${Math.floor(clock.now() / 5)}"` // signed again every few seconds, as by a server
      if (new Headers(headers).get('if-none-match') === etag)
        return new Response(null, { status: 304, headers: { etag } })
      const token = signer.list({ uri, list: list.encode(), lifetime: 3600, ttl: 300, seq })
      return new Response(token, {
        headers: { etag, 'content-type': 'application/statuslist+jwt' },
      })
    },
  }
}

/** Creates the open connections of a feed. */
function createStreams(clock: FixedClock, isHeard: () => boolean, beat: () => string) {
  const open = new Set<ReadableStreamDefaultController<Uint8Array>>()
  const send = (event: string) => {
    if (isHeard()) for (const one of open) one.enqueue(text.encode(event))
  }
  const cut = () => {
    for (const one of open) one.error(new TypeError('terminated'))
    open.clear()
  }
  const tick = () => {
    if (open.size > 0) send(beat())
    clock.after(heartbeat, tick)
  }
  clock.after(heartbeat, tick)

  return {
    send,
    cut,
    open(first: string, signal: RequestInit['signal']) {
      let own: ReadableStreamDefaultController<Uint8Array> | undefined
      return new ReadableStream<Uint8Array>({
        start(controller) {
          own = controller
          open.add(controller)
          if (first !== '') controller.enqueue(text.encode(first))
          signal?.addEventListener('abort', () => {
            if (open.delete(controller)) controller.error(signal.reason)
          })
        },
        cancel() {
          if (own) open.delete(own)
        },
      })
    },
  }
}
