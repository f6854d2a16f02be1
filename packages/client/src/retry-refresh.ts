import type { ServerResponse } from './server-response.ts'
import type { Platform, Seconds } from './platform.ts'

/**
 * When the same refresh is asked for again although the first answer may still come. All of it lies within the ten seconds for which
 * the server takes a used token for a retry and answers the same: later, the same token is a thief's.
 */
const retryDelays: readonly Seconds[] = [0, 3, 6]
const maxRetryAge: Seconds = 8 // a timer that was heldOff up, by a laptop that slept, asks no more
const longest: Seconds = 40 // the last try and its time-out; more has passed only for who slept
const delayAfterLoss: Seconds = 1 // sooner than by plan, when an answer is known to be lost

type LostResponse = Extract<ServerResponse, { readonly kind: 'lost' }>

/**
 * Asks until there is an answer: the first to come counts, and the others are called off. `sendRequest` must be one that can be asked twice,
 * as a refresh can.
 */
export async function retryRefresh(
  sendRequest: (signal: AbortSignal) => Promise<ServerResponse>,
  { now, after }: Pick<Platform, 'now' | 'after'>,
): Promise<ServerResponse> {
  const start = now()
  const stop = new AbortController()
  let cancel = () => {}
  try {
    return await new Promise<ServerResponse>((resolve) => {
      let made = 0
      let open = 0
      let lost: LostResponse = { kind: 'lost', cause: undefined }
      const plan = (delay: Seconds) => {
        cancel()
        cancel = after(delay, attempt)
      }
      const attempt = () => {
        const at = now() - start
        if (at > maxRetryAge || at < 0)
          return open === 0 ? resolve({ ...lost, delayed: true }) : undefined
        made++
        open++
        void sendRequest(stop.signal).then((answer) => {
          open--
          if (answer.kind !== 'lost') return resolve(answer)
          lost = answer
          lose()
        })
        const next = retryDelays[made]
        if (next !== undefined) plan(next - at)
      }
      const lose = () => {
        if (open > 0) return
        if (made < retryDelays.length) plan(delayAfterLoss)
        else resolve(now() - start > longest ? { ...lost, delayed: true } : lost)
      }
      attempt()
    })
  } finally {
    cancel()
    stop.abort()
  }
}
