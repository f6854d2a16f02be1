import { createHmac } from 'node:crypto'
import type { RootSecret } from '../kernel/root-secret.ts'

/** What is limited. */
export type LimitKind =
  | 'attempts-per-address'
  | 'changes-per-user'
  | 'guesses-from-place'
  | 'guesses-of-strangers'
  | 'proven-place'
  | 'refusals-of-place'

/** Under what a limit is kept: a keyed hash, so that the table tells no names and no addresses, not even by trial. */
export function limitKey(root: RootSecret, kind: LimitKind, ...subject: readonly string[]): string {
  const mac = createHmac('sha256', root.key('limits').reveal())
  return mac.update(JSON.stringify([kind, ...subject])).digest('base64url')
}
