import type { ListSigner } from './list-copy.ts'

const fetchesPerChange = 2 // the first may have met a server that had not heard of the change; the second comes with the next event

/**
 * Fetches the issuer's keys when an event of its feed names other keys than the events before it: a key may have been revoked. Returns the
 * function to call with the name that each verified event has. A failed fetch is repeated with the next event.
 */
export function followKeys({ keys }: ListSigner): (name: string | undefined) => void {
  let [last, remaining]: [string | undefined, number] = [undefined, 0]
  return (name) => {
    if (name === undefined || !keys.refresh) return
    if (name !== last) remaining = fetchesPerChange
    last = name
    if (remaining === 0) return
    keys.refresh({ changed: true }).then(
      () => remaining--,
      () => {}, // the health of the keys reports it
    )
  }
}
