/** A point in time, or a length of it, in seconds. */
export type Seconds = number

/** The part of the Web Locks API that is used (https://w3c.github.io/web-locks). */
export interface Locks {
  request(
    name: string,
    options: { readonly signal?: AbortSignal; readonly steal?: boolean },
    work: () => Promise<void>,
  ): Promise<void>
}

/** What tabs tell one another: that something has changed, and nothing of what. */
export interface Channel {
  tell(): void
  close(): void
}

/** The world outside, as a browser or Node offers it. A port: tests pass one with a clock that they wind by hand. */
export interface Platform {
  now(): Seconds
  /** Runs `work` once after `delay` seconds; what comes back calls it off. Somebody waits for it: a process goes on until then. */
  after(delay: Seconds, work: () => void): () => void
  /** From 0 to 1, for what may be guessed. */
  random(): number
  newId(): string
  /** Where there are none, every tab takes its own turn: no harm but a few more requests. */
  readonly locks: Locks | undefined
  /** Hears of what other tabs tell; `undefined` where there are none. */
  openChannel(name: string, onMessage: () => void): Channel | undefined
  /** What a relative address is relative to; `undefined` outside a page or a worker. */
  base(): string | undefined
  /** Whether somebody looks at this page now. Where there is no page noSession does. */
  isPageVisible(): boolean
  /** Calls `listener` when the page is looked at again, or the network is back; what comes back ends it. */
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

const web = globalThis as unknown as Web // each member is looked for before it is used
const longest = 86_400 // seconds; the platform's own timers turn anything beyond 24 days into no wait at all

/** The browser or Node that this runs in. */
export const webPlatform: Platform = {
  now: () => Date.now() / 1000,
  after(delay, work) {
    const timeout = setTimeout(work, Math.min(delay, longest) * 1000)
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
    return { tell: () => channel.postMessage('changed'), close: () => channel.close() }
  },
  base: () => web.document?.baseURI ?? web.location?.href,
  isPageVisible: () => web.document?.visibilityState === 'visible',
  onPageActive(listener) {
    const targets = [
      [web.document, 'visibilitychange'],
      [web, 'pageshow'], // back from the cache of whole pages
      [web, 'online'],
    ] as const
    if (!web.document) return () => {}
    for (const [target, type] of targets) target?.addEventListener?.(type, listener)
    return () => {
      for (const [target, type] of targets) target?.removeEventListener?.(type, listener)
    }
  },
}

/** Reads the time of a Date header (RFC 9110, section 6.6.1). */
export function parseDate(text: string | null): Seconds | null {
  const at = Date.parse(text ?? '') / 1000
  return Number.isNaN(at) ? null : at
}
