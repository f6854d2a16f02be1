import { createSigner, createVerifier, type Clock, type Signer } from '@countersign/token'
import {
  createStatusListSigner,
  publicAlgorithms,
  type Seconds,
  type StatusListSigner,
} from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { KeyEncryptionKeys } from '../kernel/encryption.ts'
import type { Log } from '../kernel/ports.ts'
import { serialize, singleFlight } from '@countersign/token/internal'
import { openRing, type Issuer, type OpenRing } from './issuer.ts'
import { readKeyRing, type ReadRingDeps } from './read-key-ring.ts'

/** What an issuer is made of. */
export interface IssuerOptions extends ReadRingDeps {
  readonly url: string
  readonly clock: Clock
  readonly log: Log
  readonly policies: { readonly tokens: { readonly audience: string; readonly lifetime: Seconds } }
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

const cooldown: Seconds = 5 // callers that send junk key ids make the server read the ring that often and no more

/**
 * Makes the issuer of a store. It has no keys before its first `reload`: commands that sign nothing work without one. From then
 * on it changes keys by the clock, and learns what other servers did at each reload.
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

/** Holds the ring in memory, with the two ways to bring it up to date. */
function followRing({ store, root, clock, log, keyEncryptionKeys }: IssuerOptions) {
  let ring: OpenRing | undefined
  let triedAt: Seconds = -Infinity

  async function load() {
    triedAt = clock.now()
    const { ring: stored, rejected } = await readKeyRing({ store, root })
    if (rejected.length > 0) log.error({ keys: rejected }, 'signing keys of others are not trusted')
    const next = openRing(stored, keyEncryptionKeys, { now: clock.now, before: ring })
    for (const { id, error } of next.unopened) {
      if (!ring) throw error // at the start an operator sees it; later the other keys go on
      log.error({ key: id, error }, 'a signing key cannot be opened')
    }
    ring = next
    ring.signingKey() // fails here rather than at the next sign-in
  }
  const reload = serialize(load) // an older read must not overwrite a newer one
  const sharedReload = singleFlight(reload)

  return {
    reload,
    async catchUp() {
      if (!sharedReload.isRunning() && clock.now() - triedAt < cooldown) return false
      await sharedReload()
      return true
    },
    opened() {
      if (ring) return ring
      throw fail('internal', { facts: { problem: 'the signing keys were not loaded' } })
    },
  }
}
