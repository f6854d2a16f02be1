import type { ServerResponse } from './server-response.ts'
import type { Platform, Seconds } from './platform.ts'

/**
 * The times of the attempts, since the first. All are within the ten seconds (`sessions.refresh_grace`) in which the server treats
 * a used refresh token as a retry and returns the same new tokens. After that only the idempotency key proves that the token is not stolen.
 */
const attemptTimes: readonly Seconds[] = [0, 3, 6]
const maxAttemptTime: Seconds = 8 // a timer that fires later was delayed, by a laptop that slept, and sends nothing
const maxDuration: Seconds = 40 // the last attempt and its timeout; only a computer that slept takes longer
const retryDelayAfterLoss: Seconds = 1 // sooner than planned, if all responses so far are known to be lost

type LostResponse = Extract<ServerResponse, { readonly kind: 'lost' }>

/**
 * Retries a refresh until a response arrives. The attempts may overlap: the first response counts, and the other attempts are
 * aborted. `sendRequest` must be safe to repeat, as a refresh is.
 */
export async function retryRefresh(
  sendRequest: (signal: AbortSignal) => Promise<ServerResponse>,
  { now, after }: Pick<Platform, 'now' | 'after'>,
): Promise<ServerResponse> {
  const start = now()
  const abort = new AbortController()
  let cancelTimer = () => {}
  try {
    return await new Promise<ServerResponse>((resolve) => {
      let attempts = 0
      let pending = 0
      let lost: LostResponse = { kind: 'lost', cause: undefined }
      const schedule = (delay: Seconds) => {
        cancelTimer()
        cancelTimer = after(delay, attempt)
      }
      const attempt = () => {
        const elapsed = now() - start
        if (elapsed > maxAttemptTime || elapsed < 0)
          return pending === 0 ? resolve({ ...lost, suspended: true }) : undefined
        attempts++
        pending++
        void sendRequest(abort.signal).then((response) => {
          pending--
          if (response.kind !== 'lost') return resolve(response)
          lost = response
          onLost()
        })
        const next = attemptTimes[attempts]
        if (next !== undefined) schedule(next - elapsed)
      }
      const onLost = () => {
        if (pending > 0) return
        if (attempts < attemptTimes.length) schedule(retryDelayAfterLoss)
        else resolve(now() - start > maxDuration ? { ...lost, suspended: true } : lost)
      }
      attempt()
    })
  } finally {
    cancelTimer()
    abort.abort()
  }
}
