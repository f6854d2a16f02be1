import {
  createSigner,
  createStatusListSigner,
  createVerifier,
  publicAlgorithms,
  type Seconds,
  type Signer,
  type StatusListSigner,
} from '@countersign/token'
import { fail } from '../../failures.ts'
import type { Runtime } from '../../runtime.ts'
import { openRing, type Issuer, type OpenRing } from './issuer.ts'

/** What an issuer is made of. */
export interface IssuerOptions extends Pick<
  Runtime,
  'store' | 'clock' | 'log' | 'policies' | 'keyEncryptionKeys'
> {
  readonly url: string
}

const cooldown: Seconds = 5 // whoever sends junk key ids makes us look that often and no more

/**
 * Makes the issuer of a store. It knows no key before its first `reload`: commands that sign nothing get by without one. From then
 * on it changes keys by the clock, and learns what others did whenever it is reloaded.
 */
export function openIssuer(options: IssuerOptions): Issuer {
  const { url, clock, policies } = options
  const { audience, lifetime } = policies.tokens
  const { opened, ...followed } = followRing(options)
  const key = () => opened().signingKey()
  let signer: Signer | undefined
  let statusSigner: StatusListSigner | undefined
  return {
    url,
    signer: {
      sign(...given) {
        signer ??= createSigner({ key, issuer: url, lifetime, clock })
        return signer.sign(...given)
      },
    },
    get statusSigner() {
      return (statusSigner ??= createStatusListSigner({ key, issuer: url, clock }))
    },
    verifier: createVerifier({
      issuer: url,
      audience,
      algorithms: publicAlgorithms,
      keys: { find: (header) => opened().find(header) },
      clock,
    }),
    published: () => opened().published(),
    ...followed,
  }
}

/** The ring in memory, and the two ways to bring it up to date. */
function followRing({ store, clock, log, keyEncryptionKeys }: IssuerOptions) {
  let ring: OpenRing | undefined
  let triedAt: Seconds = -Infinity
  let turn: Promise<void> = Promise.resolve()
  let catching: Promise<void> | undefined

  async function load() {
    triedAt = clock.now()
    const stored = await store.signingKeys.list()
    const next = openRing(stored, keyEncryptionKeys, { now: clock.now, before: ring })
    for (const { id, error } of next.unopened) {
      if (!ring) throw error // at start somebody looks; later the other keys go on
      log.error({ key: id, error }, 'a signing key cannot be opened')
    }
    ring = next
    ring.signingKey() // to fail here rather than at the next sign-in
  }
  /** One after the other: an older look must not overwrite a newer one. */
  const reload = () => (turn = turn.catch(() => undefined).then(load))

  return {
    reload,
    async catchUp() {
      if (!catching && clock.now() - triedAt < cooldown) return false
      catching ??= reload().finally(() => (catching = undefined))
      await catching
      return true
    },
    opened() {
      if (ring) return ring
      throw fail('internal', { facts: { problem: 'the signing keys were not loaded' } })
    },
  }
}
