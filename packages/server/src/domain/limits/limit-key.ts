import { createHmac } from 'node:crypto'
import type { RootSecret } from '../kernel/root-secret.ts'

/**
 * The subject of a limit. These names are inside stored keys: renaming one resets every counter of its kind. A delayed network is an unknown one
 * whose own delay has begun.
 */
export type LimitKind =
  | 'attempts-per-address'
  | 'options-per-address'
  | 'changes-per-user'
  | 'device-codes-of-user'
  | 'codes-of-user'
  | 'attempts-from-network'
  | 'attempts-from-unknown-networks'
  | 'attempts-from-delayed-networks'
  | 'attempts-from-device'
  | 'attempts-from-devices'
  | 'trusted-network'
  | 'refusals-from-network'
  | 'refusals-of-invitation'
  | 'repeats-of-session'
  | 'mails-to-address'
  | 'mails-to-address-from-network'
  | 'mails-to-address-not-reset'
  | 'mails-of-user'
  | 'notices-to-address'
  | 'passkey-challenges'
  | 'wrong-codes'
  | 'wrong-codes-from-network'
  | 'wrong-codes-from-device'
  | 'wrong-codes-from-devices'
  | 'refusals-of-code'
  | 'refusals-of-factor'
  | 'devices-of-user'
  | 'device-notices-of-user'
  | 'refusals-of-clients'
  | 'unknown-tokens-from-network'
  | 'wrong-clients-from-network'
  | 'client-documents-from-network'

/** Returns the key of a limit: a keyed hash, so that the table reveals no names and no addresses, not even to a brute-force search. */
export function limitKey(root: RootSecret, kind: LimitKind, ...subject: readonly string[]): string {
  const mac = createHmac('sha256', root.key('limits').reveal())
  return mac.update(JSON.stringify([kind, ...subject])).digest('base64url')
}
