import type { Seconds } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import type { LiveList } from './live-list.ts'
import { oneAfterAnother } from '../kernel/single-flight.ts'

/** A status list as it is published: a Status List Token (draft-ietf-oauth-status-list-21, section 5.1). */
export interface PublishedStatusList {
  readonly token: string
  readonly issuedAt: Seconds
  readonly expiresAt: Seconds
  /** The newest change that is in it. */
  readonly seq: number
}

/** Publishes status lists. */
export interface Publisher {
  /**
   * A list with every change that this server knows of; `undefined` when there is none of that number. Usually it lies ready. While the
   * database does not answer it is the last one, for a few seconds; then it fails as the database does: nobody is told that an old list
   * is a new one.
   */
  publish(id: number): Promise<PublishedStatusList | undefined>
}

/** Seconds since the database was last read after which nothing is stated about what it says now; it is read every second. */
export const maxSecondsBehind: Seconds = 5

const signedFor: Seconds = 5 // then a list is signed anew for whoever asks: its `iat` says how fresh it is, and a signature costs little
const pause: Seconds = 0.2 // from a change to the list that has it, unless somebody asks before: a burst is compressed once

type Needs = Pick<Runtime, 'issuer' | 'clock' | 'timer' | 'policies' | 'statusLists' | 'compress'>

/** A list as it was compressed, and the token that says so. */
interface Made {
  readonly bits: LiveList['bits']
  readonly newest: number
  readonly lst: string
  readonly published: PublishedStatusList
}

/** Makes the publisher. Lists are compressed where they hold nobody up, and signed anew for whoever asks, every few seconds. */
export function createPublisher(runtime: Needs): Publisher {
  const { clock, timer, statusLists } = runtime
  const builders = new Map<number, ReturnType<typeof createBuilder>>()
  const builderOf = (list: LiveList) => {
    const known = builders.get(list.id) ?? createBuilder(list.id, runtime)
    builders.set(list.id, known)
    return known
  }
  const waiting = new Set<number>()
  statusLists.onChange((list) => {
    if (waiting.has(list.id)) return
    waiting.add(list.id)
    timer.after(pause, () => {
      waiting.delete(list.id)
      builderOf(list)
        .build()
        .catch(() => {}) // whoever asks next is told
    })
  })
  return {
    async publish(id) {
      const list = await statusLists.find(id)
      if (!list) return undefined
      const builder = builderOf(list)
      const { made } = builder
      const now = clock.now()
      const isCurrent = made?.newest === list.newest && made.bits === list.bits
      const age = now - (made?.published.issuedAt ?? -Infinity)
      if (made && isCurrent && age < signedFor) return made.published
      try {
        if (now - statusLists.readAt > maxSecondsBehind) await statusLists.catchUp()
        await builder.build()
      } catch (error) {
        if (!made || isOld(made, clock.now())) throw error
      }
      if (!builder.made || isOld(builder.made, clock.now())) throw fail('database_unreachable')
      return builder.made.published
    },
  }
}

/** Whether it was signed too long ago to be an answer, be it that nothing has changed: whoever asks would believe that it is confirmed. */
function isOld({ published }: Made, now: Seconds): boolean {
  return now - published.issuedAt > maxSecondsBehind
}

function createBuilder(id: number, { issuer, clock, policies, statusLists, compress }: Needs) {
  let made: Made | undefined
  const build = oneAfterAnother(async () => {
    const list = await statusLists.find(id)
    if (!list) return
    const { bits, newest, uri } = list
    const { seq } = statusLists
    const isSame = made?.bits === bits && made.newest === newest
    // A copy, for bits are set while others compress it.
    const lst =
      isSame && made ? made.lst : (await compress(Buffer.from(bits.bytes))).toString('base64url')
    const now = clock.now()
    if (now - statusLists.readAt > maxSecondsBehind) return
    const ttl = policies.revocation.listTtl
    const lifetime = 2 * ttl // whoever fetched it just before it is signed anew still has a whole ttl
    const encoded = { bits: bits.bits, lst }
    const token = issuer.statusSigner.list({ uri, list: encoded, lifetime, ttl, seq })
    made = {
      bits,
      newest,
      lst,
      published: { token, issuedAt: now, expiresAt: now + lifetime, seq },
    }
  })
  return {
    build,
    get made() {
      return made
    },
  }
}
