import type { Clock } from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { FailedAttempts } from '../limits/attempt-delay.ts'
import { limitKey } from '../limits/limit-key.ts'
import type { LimitTables } from '../limits/limits.ts'
import { networkKey, type CodePurpose } from './code.ts'

/** The maximum number of wrong codes that are checked within a time. */
interface WrongCodeRule {
  readonly max: number
  readonly seconds: Seconds
}

// For mailed codes of requests that name an address and no id, and for codes of authenticator applications: a guesser on one network has few guesses
// and leaves the others to the owner. All together bound the chance of a guess: the sums are in `docs/decisions/0028-mail.md` and
// `0050-second-factors.md`.
const perNetwork: WrongCodeRule = { max: 5, seconds: 3_600 }
const allNetworks: WrongCodeRule = { max: 20, seconds: 86_400 }

/** The subject that wrong codes are counted for: a purpose of mailed codes, or the second factors of a user. */
export type CountedCode = CodePurpose | 'factor'

/** The wrong codes for a purpose and an address or a user, locked. */
export interface WrongCodes {
  /** Seconds until a code is checked again; 0 if one is checked now. */
  readonly wait: Seconds
  count(): Promise<void>
}

/** Returns the key of the row that stands for all codes of a purpose and an address. Lock it before their rows. */
export function codesKey(
  root: RootSecret,
  purpose: CountedCode,
  ...whom: readonly string[]
): string {
  return limitKey(root, 'wrong-codes', purpose, ...whom)
}

/** Locks the counts of wrong codes for an address or a user: from the network of a client and from all, or from a trusted device and from all of these. */
export async function lockWrongCodes(
  { root, clock }: { readonly root: RootSecret; readonly clock: Clock },
  tx: LimitTables,
  [purpose, ...whom]: readonly [CountedCode, ...string[]],
  { address }: ClientInfo,
  device?: string,
): Promise<WrongCodes> {
  const network = networkKey(root, address)
  const rules = new Map(
    device === undefined
      ? [
          [limitKey(root, 'wrong-codes-from-network', purpose, ...whom, network), perNetwork],
          [codesKey(root, purpose, ...whom), allNetworks],
        ]
      : [
          [limitKey(root, 'wrong-codes-from-device', purpose, ...whom, device), perNetwork],
          [limitKey(root, 'wrong-codes-from-devices', purpose, ...whom), allNetworks], // each sign-in makes a cookie
        ],
  )
  const locked = await tx.limits.lock([...rules.keys()])
  const now = clock.now()
  const counted = [...rules].map(([key, rule]) => {
    return { key, rule, ...recentOf(locked.get(key), rule, now) }
  })
  const waits = counted.map(({ count, until, rule }) => (count >= rule.max ? until - now : 0))
  return {
    wait: Math.ceil(Math.max(...waits)),
    async count() {
      for (const { key, count, until } of counted)
        await tx.limits.put(key, { count: count + 1, until })
    },
  }
}

/** Returns the wrong codes of the time that runs, or none in one that begins now. One that is much too far ahead was written before the clock was set back. */
function recentOf(
  before: FailedAttempts | undefined,
  { seconds }: WrongCodeRule,
  now: Seconds,
): FailedAttempts {
  const runs = before !== undefined && now < before.until && before.until <= now + 2 * seconds
  return runs ? before : { count: 0, until: now + seconds }
}
