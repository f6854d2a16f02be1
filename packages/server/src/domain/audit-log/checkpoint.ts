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
import type { Link } from './chain.ts'

/** A signed statement of the audit log's state at an entry. A copy that is kept elsewhere shows that entries were removed from the end. */
export interface Checkpoint {
  readonly seq: number
  readonly at: Seconds
  /** A signed token with the claims `seq` and `mac`; its `typ` is accepted by no guard. */
  readonly token: string
}

/** Signs and reads checkpoints. */
export interface CheckpointSigner {
  sign(last: Link, now: Seconds): Checkpoint
  /** Returns what a checkpoint states, whatever its age; `undefined` for anything that this server has not signed. */
  read(token: string): Link | undefined
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
    sign({ seq, mac }, now) {
      const clock = { now: () => now }
      const signer = createSigner({ key, issuer: name, lifetime: day, type, clock })
      return { seq, at: now, token: signer.sign({ sub: name, aud: name, seq, mac }) }
    },
    read(token) {
      try {
        const { iat } = inspect(token).claims
        const clock = { now: () => Number(iat) }
        const policy = { issuer: name, audience: name, algorithms: ['EdDSA'] as const, keys, type }
        const { seq, mac } = createVerifier({ ...policy, clock, cacheSize: 0 }).verify(token).claims
        return typeof seq === 'number' && typeof mac === 'string' ? { seq, mac } : undefined
      } catch (error) {
        if (isCountersignError(error)) return undefined
        throw error
      }
    },
    publicJwk: exportPublicJwk(key),
  }
}
