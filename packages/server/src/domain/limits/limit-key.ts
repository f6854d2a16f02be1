import { createHmac } from 'node:crypto'
import type { RootSecret } from '../kernel/root-secret.ts'

/**
 * What is limited. These names are inside stored keys: renaming one would reset every counter of its kind. `place` is the client network, a
 * `guess` is a failed attempt, `strangers` are unknown networks, and `delayed` those of them whose own delay has begun.
 */
export type LimitKind =
  | 'attempts-per-address'
  | 'changes-per-user'
  | 'guesses-from-place'
  | 'guesses-of-strangers'
  | 'guesses-of-delayed'
  | 'proven-place'
  | 'refusals-of-place'
  | 'refusals-of-invitation'
  | 'repeats-of-session'

/** Returns the key of a limit: a keyed hash, so that the table reveals no names and no addresses, not even to a brute-force search. */
export function limitKey(root: RootSecret, kind: LimitKind, ...subject: readonly string[]): string {
  const mac = createHmac('sha256', root.key('limits').reveal())
  return mac.update(JSON.stringify([kind, ...subject])).digest('base64url')
}
