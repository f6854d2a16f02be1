import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Seconds } from '@countersign/token/internal'
import type { Random } from '../kernel/ports.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import { Secret } from '../kernel/secret.ts'

// A trusted device is a browser in which a user has signed in. Its cookie is signed for that user, so that attempts from it are counted by
// themselves: guessers, on whichever network, keep no owner out of a device that they use. It gives no right but that. Each sign-in makes one, so the
// attempts of all of a user are limited together, too.

/** The time for which the cookie of a trusted device counts, in seconds. */
export const deviceSeconds: Seconds = 180 * 86_400

const renewalSeconds = 30 * 86_400 // so that a device in use stays trusted, and the cookie is not set at each refresh

/** Makes the mark of a device for the user with a folded name: a random id and the time, signed with a key of the root secret. */
export function newDeviceMark(
  root: RootSecret,
  random: Random,
  name: string,
  now: Seconds,
): Secret {
  const text = `${random.bytes(16).toString('base64url')}.${Math.floor(now)}`
  return new Secret(`${text}.${macOf(root, name, text)}`)
}

/** Reads the mark of a device; `undefined` for one of another user, and for one that is too old or was not made here. Pure. */
export function readDeviceMark(
  root: RootSecret,
  mark: Secret | undefined,
  name: string,
  now: Seconds,
): { readonly id: string; readonly isRecent: boolean } | undefined {
  const [whole, id = '', made = '', mac = ''] =
    /^([\w-]{22})\.(\d{1,12})\.([\w-]{43})$/.exec(mark?.reveal() ?? '') ?? []
  if (whole === undefined) return undefined
  const right = Buffer.from(macOf(root, name, `${id}.${made}`))
  if (!timingSafeEqual(right, Buffer.from(mac))) return undefined
  const age = Math.abs(now - Number(made)) // the clock may have been set back
  return age < deviceSeconds ? { id, isRecent: age < renewalSeconds } : undefined
}

function macOf(root: RootSecret, name: string, text: string): string {
  const mac = createHmac('sha256', root.key('trusted devices').reveal())
  return mac.update(JSON.stringify([name, text])).digest('base64url')
}
