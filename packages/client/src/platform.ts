/** A point in time (since 1970, UTC) or a duration, in seconds. */
export type Seconds = number

/** The part of the Web Locks API that the client uses (https://w3c.github.io/web-locks). */
export interface Locks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    work: () => Promise<void>,
  ): Promise<void>
}

/** A broadcast channel between tabs. Its messages carry no data: they only say that the stored session has changed. */
export interface Channel {
  notify(): void
  close(): void
}

/** The environment of the client: a browser or Node. A port: tests pass one with a clock that they set. */
export interface Platform {
  now(): Seconds
  /** Runs `work` once after `delay` seconds and returns a function that cancels it. A pending timer keeps a process alive, because a caller waits for it. */
  after(delay: Seconds, work: () => void): () => void
  /** Returns a number from 0 to 1. Not for secrets. */
  random(): number
  newId(): string
  /** The locks that tabs share. Without them each tab refreshes for itself: a few more requests, and no other harm. */
  readonly locks: Locks | undefined
  /** Opens the channel between the tabs of this origin; returns `undefined` where the platform has none. */
  openChannel(name: string, onMessage: () => void): Channel | undefined
  /** Returns the base URL for relative URLs; `undefined` outside a page or a worker. */
  baseUrl(): string | undefined
  /** Returns true if the page is visible. False where there is no page. */
  isPageVisible(): boolean
  /** Calls `listener` when the page becomes visible or hidden, is restored, or is online again. Returns an unsubscribe function. */
  onPageActive(listener: () => void): () => void
}

interface Target {
  addEventListener(type: string, listener: () => void): void
  removeEventListener(type: string, listener: () => void): void
}

interface Web extends Partial<Target> {
  readonly document?: Target & { readonly visibilityState: string; readonly baseURI: string }
  readonly location?: { readonly href: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => {
    addEventListener(type: 'message', listener: () => void): void
    postMessage(message: unknown): void
    close(): void
    unref?(): void
  }
}

const web = globalThis as unknown as Web // each member is checked before it is used
const maxTimeout: Seconds = 86_400 // setTimeout treats anything beyond 24 days as no delay at all

/** The browser or Node process that runs this code. */
export const webPlatform: Platform = {
  now: () => Date.now() / 1000,
  after(delay, work) {
    const timeout = setTimeout(work, Math.min(delay, maxTimeout) * 1000)
    return () => clearTimeout(timeout)
  },
  random: () => Math.random(),
  newId: () => [...crypto.getRandomValues(new Uint32Array(4))].join('-'),
  locks: web.navigator?.locks,
  openChannel(name, onMessage) {
    if (!web.BroadcastChannel) return undefined
    const channel = new web.BroadcastChannel(name)
    channel.addEventListener('message', onMessage)
    channel.unref?.()
    return { notify: () => channel.postMessage('changed'), close: () => channel.close() }
  },
  baseUrl: () => web.document?.baseURI ?? web.location?.href,
  isPageVisible: () => web.document?.visibilityState === 'visible',
  onPageActive(listener) {
    const targets = [
      [web.document, 'visibilitychange'],
      [web, 'pageshow'], // restored from the back/forward cache
      [web, 'online'],
    ] as const
    if (!web.document) return () => {}
    for (const [target, type] of targets) target?.addEventListener?.(type, listener)
    return () => {
      for (const [target, type] of targets) target?.removeEventListener?.(type, listener)
    }
  },
}

/** Parses the time of a Date header (RFC 9110, section 6.6.1). Returns `null` if there is none or it is not a date. */
export function parseHttpDate(text: string | null): Seconds | null {
  const at = Date.parse(text ?? '') / 1000
  return Number.isNaN(at) ? null : at
}
