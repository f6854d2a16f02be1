import {
  createSigner,
  createVerifier,
  type Clock,
  type Jwks,
  type Signer,
} from '@countersign/token'
import { createHash } from 'node:crypto'
import {
  createStatusListSigner,
  publicAlgorithms,
  steadyClock,
  type PublicAlgorithm,
  type Seconds,
  type StatusListSigner,
} from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { KeyEncryptionKeys } from '../kernel/encryption.ts'
import type { Log } from '../kernel/ports.ts'
import { serialize, singleFlight } from '@countersign/token/internal'
import { openRing, type Issuer, type OpenRing } from './issuer.ts'
import type { KeyPolicy } from './plan-rotation.ts'
import { readKeyRing, type ReadRingDeps } from './read-key-ring.ts'

/** The options of {@link openIssuer}. */
export interface IssuerOptions extends ReadRingDeps {
  readonly url: string
  readonly clock: Clock
  readonly log: Log
  readonly policies: {
    readonly tokens: {
      readonly audience: string
      /** The `typ` of access tokens. */
      readonly type: string
    }
    readonly keys: Pick<KeyPolicy, 'algorithms'>
  }
  readonly keyEncryptionKeys: KeyEncryptionKeys
}

const maxTokenLifetime: Seconds = 86_400 // each caller gives the lifetime of its token
const cooldown: Seconds = 5 // callers that send junk key ids make the server read the ring that often and no more

/**
 * Makes the issuer of a store. It has no keys before its first `reload`: commands that sign nothing work without one. From then
 * on it changes keys by the clock, and learns what other servers did at each reload.
 */
export function openIssuer(options: IssuerOptions): Issuer {
  const { url, clock, policies } = options
  const { audience, type } = policies.tokens
  const { opened, ...followed } = withKeys(followRing(options))
  const policy = { issuer: url, type, algorithms: publicAlgorithms, keys: followed.keys, clock }
  const signersOf = (ofType: string) => {
    const signers = new Map<PublicAlgorithm | null, Signer>()
    return (algorithm: PublicAlgorithm | null) => {
      const known = signers.get(algorithm)
      if (known) return known
      const key = () => opened().signingKey(algorithm)
      const given = { key, issuer: url, lifetime: maxTokenLifetime, type: ofType, clock }
      const signer = createSigner(given)
      signers.set(algorithm, signer)
      return signer
    }
  }
  const signerFor = signersOf(type)
  let statusSigner: StatusListSigner | undefined
  return {
    url,
    signer: { sign: (...given) => signerFor(null).sign(...given) },
    signerFor,
    idTokenSignerFor: signersOf('JWT'),
    logoutTokenSignerFor: signersOf('logout+jwt'),
    get statusSigner() {
      const key = () => opened().signingKey()
      return (statusSigner ??= createStatusListSigner({ key, issuer: url, clock }))
    },
    verifier: createVerifier({ ...policy, audience }),
    verifierFor: (audiences) => createVerifier({ ...policy, audience: audiences, cacheSize: 0 }),
    idTokenVerifierFor: (clientId, at) =>
      createVerifier({
        ...policy,
        type: 'JWT',
        audience: clientId,
        cacheSize: 0,
        clock: { now: () => at },
      }),
    published: () => opened().published(),
    keySetName: () => nameOfKeys(opened().published()),
    ...followed,
  }
}

/** Names a key set by the ids of its keys, in any order. */
function nameOfKeys({ keys }: Jwks): string {
  const ids = keys.map(({ kid }) => kid).toSorted()
  return createHash('sha256').update(ids.join(' ')).digest('base64url').slice(0, 11)
}

/** Adds the keys of the ring as verifiers and guards use them. */
function withKeys(ring: ReturnType<typeof followRing>) {
  const { opened, catchUp } = ring
  const find = (header: Parameters<OpenRing['find']>[0]) => opened().find(header)
  return { ...ring, keys: { find, refresh: async () => void (await catchUp()) } }
}

/** Holds the ring in memory, with the two ways to bring it up to date. */
function followRing({ store, root, clock, log, policies, keyEncryptionKeys }: IssuerOptions) {
  const { algorithms } = policies.keys
  let ring: OpenRing | undefined
  const steady = steadyClock(clock)
  let triedAt: Seconds = -Infinity
  const logged = new Set<string>()
  /** Logs a fault of a key once: the ring is read every second. */
  const logOnce = (facts: { readonly key: string; readonly error?: unknown }, message: string) => {
    if (!logged.has(facts.key)) log.error(facts, message)
    logged.add(facts.key)
  }

  async function load() {
    const { ring: stored, rejected } = await readKeyRing({ store, root })
    for (const key of rejected) logOnce({ key }, 'a signing key of others is not trusted')
    const next = openRing(stored, keyEncryptionKeys, {
      now: clock.now,
      algorithms,
      before: ring,
    })
    for (const { id, error } of next.unopened) {
      if (!ring) throw error // at the start an operator sees it; later the other keys go on
      logOnce({ key: id, error }, 'a signing key cannot be opened')
    }
    ring = next
    ring.signingKey() // fails here rather than at the next sign-in
  }
  const reload = serialize(load) // an older read must not overwrite a newer one
  const sharedReload = singleFlight(reload)

  return {
    reload,
    async catchUp() {
      if (!sharedReload.isRunning() && steady.now() - triedAt < cooldown) return false
      triedAt = steady.now()
      await sharedReload()
      return true
    },
    opened() {
      if (ring) return ring
      throw fail('internal', { facts: { problem: 'the signing keys were not loaded' } })
    },
  }
}
