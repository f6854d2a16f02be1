import type { Seconds } from '@countersign/token/internal'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { Secret } from '../kernel/secret.ts'
import { clientNetworkOf } from './client-network.ts'
import { limitKey } from './limit-key.ts'
import { readDeviceMark } from './trusted-device.ts'
import { trustedNetworkKey } from './trusted-network.ts'

/** The user whose password an attempt is for, by folded name whether there is such a user or not, and the address it comes from, if known. */
export interface Target {
  readonly name: string
  readonly address: string | undefined
  /** The cookie of the device, if it has one. */
  readonly device?: Secret | undefined
}

/** The keys that attempts at one user count under, from this network or device and from all unknown ones; and the key that makes this network a trusted one. */
export interface AttemptKeys {
  readonly own: readonly string[]
  readonly isTrustedDevice: boolean
  readonly trust: readonly string[]
  readonly unknownNetworks: string
  readonly delayedNetworks: string
  readonly devices: string
}

/** Returns the keys of an attempt. */
export function attemptKeysOf(
  root: RootSecret,
  { name, address, device }: Target,
  now: Seconds,
): AttemptKeys {
  const network = address === undefined ? [] : [clientNetworkOf(address)]
  const mark = readDeviceMark(root, device, name, now)
  return {
    isTrustedDevice: mark !== undefined,
    own: mark
      ? [limitKey(root, 'attempts-from-device', name, mark.id)]
      : network.map((one) => limitKey(root, 'attempts-from-network', name, one)),
    trust: network.map((one) => trustedNetworkKey(root, name, one)),
    unknownNetworks: limitKey(root, 'attempts-from-unknown-networks', name),
    delayedNetworks: limitKey(root, 'attempts-from-delayed-networks', name),
    devices: limitKey(root, 'attempts-from-devices', name),
  }
}
