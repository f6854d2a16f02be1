import type { ClientInfo } from '../kernel/client-info.ts'
import { clientNetworksOf } from '../limits/client-network.ts'

// A device as far as a sign-in shows it: families from fixed lists, so that no text of the client gets into a mail.

/** The family of a client's program and of its system. */
export interface DeviceFamily {
  readonly browser: string
  readonly system: string
}

/** Programs by a mark in the User-Agent, in this order: Edge also claims to be Chrome, and Chrome claims to be Safari. */
const browsers: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Edge', /\bEdg(e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(Firefox|FxiOS)\//],
  ['Chrome', /\b(Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
  ['Node.js', /^(node|undici)\b/],
]

const systems: readonly (readonly [name: string, mark: RegExp])[] = [
  ['Windows', /\bWindows\b/],
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(iPhone|iPad|iPod)\b/],
  ['macOS', /\b(Macintosh|Mac OS X)\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]

/** Returns the families that a User-Agent names; `–` for what is not in the lists. Pure. */
export function deviceFamilyOf(userAgent = ''): DeviceFamily {
  const first = (list: typeof browsers) => list.find(([, mark]) => mark.test(userAgent))?.[0] ?? '–'
  return { browser: first(browsers), system: first(systems) }
}

/** Returns a network so large that a device at home stays in it: the /24 of an IPv4 address, or the /48 of an IPv6 address. Pure. */
export function coarseNetworkOf(address: string | undefined): string {
  if (address === undefined) return ''
  const networks = clientNetworksOf(address)
  const largest = networks.at(-1) ?? address
  return networks.length > 1 ? largest : largest.replace(/\.\d+$/, '')
}

/** Returns what makes two sign-ins look like one device. Pure. */
export function deviceKeyOf({ userAgent, address }: ClientInfo): readonly string[] {
  const { browser, system } = deviceFamilyOf(userAgent)
  return [browser, system, coarseNetworkOf(address)]
}
