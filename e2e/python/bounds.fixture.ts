import { createStatusList, generateKey } from '@countersign/token'
import { createStatusListSigner } from '@countersign/token/internal'
import { fixedClock } from '@countersign/token/testing'

/** The time at the beginning of each story. */
export const now = 1_800_000_000
/** The issuer, its list and its key. */
export const issuer = 'https://issuer.example'
export const uri = `${issuer}/status-lists/1`
export const key = generateKey('ES256')

interface Signed {
  /** Seconds after `now` at which it is signed. */
  readonly at?: number
  readonly seq: number
  readonly lifetime?: number
}

/** Creates a signer some seconds after `now`. */
export const signerAt = (at: number, by = key) =>
  createStatusListSigner({ key: by, issuer, clock: fixedClock(now + at) })

/** Signs a list in which these indexes are revoked. */
export function list(
  { at = 0, seq, lifetime = 3600 }: Signed,
  ...revoked: readonly number[]
): string {
  const contents = createStatusList(64)
  for (const index of revoked) contents.set(index, 1)
  return signerAt(at).list({ uri, list: contents.encode(), lifetime, ttl: 300, seq })
}

/** Signs an event of the feed that revokes these indexes. */
export function change(
  { at = 0, seq, lifetime = 15, after }: Signed & { after: number },
  ...indexes: readonly number[]
) {
  return signerAt(at).change({ uri, after, seq, indexes, lifetime })
}

/**
 * Performs steps on one status list, with a clock and an issuer of its own: `to` sets the clock, `serve` what the issuer answers from then on
 * (nothing, if it is null), `event` sends one by the feed, `ask` prints the statuses of indexes after a request that may load the list.
 */
export const program = `
import json, logging, sys, threading, time
import countersign.status_list as module
from countersign import Guard
from countersign.keys import Keys, keys_of
from countersign.refusals import Rejected
asked = json.load(sys.stdin)
logging.disable()
clock, served, loads = [0], [None], [0]
time.monotonic = lambda: 5000 + clock[0]

def fetch(*_):
    loads[0] += 1
    if served[0] is None:
        raise OSError("no connection")
    return served[0].encode(), None

module.fetch, module.Feed = fetch, lambda held: None
keys = Keys(asked["issuer"])
keys._keys, keys.fresh_until = keys_of(asked["jwks"]), float("inf")
keys.refresh = lambda force=False: None

def play(steps, max_stale=None):
    clock[0], served[0], loads[0], seen = 0, None, 0, []
    guard = Guard(asked["issuer"], "any", clock=lambda: asked["now"] + clock[0], max_stale=max_stale)
    held = module.StatusList(asked["uri"], guard, keys, threading.Event())
    for name, value in steps:
        if name == "to":
            clock[0] = value
        elif name == "serve":
            served[0] = value
        elif name == "tick":
            if held.is_due():
                held.load()
        elif name == "event":
            try:
                held.apply_change(held.verify(value, "statuslist-change+jwt", ("iss", "after", "seq", "idx")))
                seen.append("gap" if held.is_due() else "applied")
            except Rejected as error:
                seen.append(error.code)
        else:
            if held.status_at(value[0]) == "unknown":
                held.load(waits=True)
            seen.append([held.status_at(index) for index in value])
    return {"seen": seen, "loads": loads[0]}

print(json.dumps([play(**one) for one in asked["stories"]]))
`
