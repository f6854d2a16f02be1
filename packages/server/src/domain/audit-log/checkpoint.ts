import {
  createSigner,
  createVerifier,
  exportPublicJwk,
  importPrivateKey,
  inspect,
  isCountersignError,
  localKeySet,
  type PublicJwk,
} from '@countersign/token'
import type { Seconds } from '@countersign/token/internal'
import type { RootSecret } from '../kernel/root-secret.ts'
import { beginningOf, type Link } from './chain.ts'

/** A signed statement of the audit log's state at an entry of strand 0: of the newest entry of each strand. A copy that is kept elsewhere shows that entries were removed from the end. */
export interface Checkpoint {
  readonly seq: number
  readonly at: Seconds
  /** A signed token with the claims `seq` and `mac`, and `strands` if there are others; its `typ` is accepted by no guard. */
  readonly token: string
}

/** Signs and reads checkpoints. */
export interface CheckpointSigner {
  /** Signs the newest entries of all strands, that of strand 0 first. */
  sign(heads: readonly Link[], now: Seconds): Checkpoint
  /** Returns the entries that a checkpoint of any age states, that of strand 0 first; `undefined` for anything that this server has not signed. */
  read(token: string): readonly Link[] | undefined
  /** The key with which others verify checkpoints. It is not published: hand it over with the checkpoints. */
  readonly publicJwk: PublicJwk
}

// These two names are inside signatures that must stay readable for years, so they keep the old word for the audit log.
const type = 'ledger-checkpoint+jwt'
const name = 'urn:countersign:ledger' // iss, sub and aud: only the key says whose audit log it is
const day = 86_400 // seconds; tokens must expire, but a checkpoint states a past state and is verified as of its own time
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex') // the header of the 32 bytes of an Ed25519 key (RFC 8410)

/**
 * Makes the checkpoint signer of a server. Its Ed25519 key is derived from the root secret and not taken from the key ring: a checkpoint of years
 * ago must still be readable, and signing keys are deleted.
 */
export function createCheckpointSigner(root: RootSecret): CheckpointSigner {
  const seed = Buffer.from(root.key('ledger checkpoints').reveal(), 'base64url')
  const body = Buffer.concat([pkcs8, seed]).toString('base64')
  const pem = `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`
  const key = importPrivateKey(pem, 'EdDSA')
  const keys = localKeySet([key])
  return {
    sign([first = beginningOf(0), ...others], now) {
      const { seq, mac } = first
      const strands = others.length === 0 ? {} : { strands: others.map(toTuple) }
      const clock = { now: () => now }
      const signer = createSigner({ key, issuer: name, lifetime: day, type, clock })
      return { seq, at: now, token: signer.sign({ sub: name, aud: name, seq, mac, ...strands }) }
    },
    read(token) {
      try {
        const { iat } = inspect(token).claims
        const clock = { now: () => Number(iat) }
        const policy = { issuer: name, audience: name, algorithms: ['EdDSA'] as const, keys, type }
        const { claims } = createVerifier({ ...policy, clock, cacheSize: 0 }).verify(token)
        const first = toLink([0, claims['seq'], claims['mac']])
        const others = readLinks(claims['strands'] ?? [])
        return first && others && [first, ...others]
      } catch (error) {
        if (isCountersignError(error)) return undefined
        throw error
      }
    },
    publicJwk: exportPublicJwk(key),
  }
}

/** A link as it is in a checkpoint, and in the facts of an entry. */
export type LinkTuple = readonly [strand: number, seq: number, mac: string]

/** Writes a link as a tuple. */
export function toTuple({ strand, seq, mac }: Link): LinkTuple {
  return [strand, seq, mac]
}

/** Reads a list of tuples; `undefined` for anything else. */
export function readLinks(tuples: unknown): readonly Link[] | undefined {
  const links = Array.isArray(tuples) ? tuples.map(toLink) : [undefined]
  return links.every((one) => one !== undefined) ? links : undefined
}

function toLink(tuple: unknown): Link | undefined {
  const [strand, seq, mac]: readonly unknown[] = Array.isArray(tuple) ? tuple : []
  const isLink = typeof strand === 'number' && typeof seq === 'number' && typeof mac === 'string'
  return isLink ? { strand, seq, mac } : undefined
}
