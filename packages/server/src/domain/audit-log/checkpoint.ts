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

/** What the audit log was up to an entry, signed. Kept elsewhere, it shows that entries were taken off the end. */
export interface Checkpoint {
  readonly seq: number
  readonly at: Seconds
  /** A signed token that says `seq` and `mac`; its `typ` is that of no token that lets anybody in. */
  readonly token: string
}

/** Signs checkpoints and reads them. */
export interface CheckpointSigner {
  sign(last: Link, now: Seconds): Checkpoint
  /** What a checkpoint states, whatever its age; `undefined` for anything that this server has not signed. */
  read(token: string): Link | undefined
  /** The key that others check checkpoints with. It is published nowhere: hand it over with the checkpoints. */
  readonly publicJwk: PublicJwk
}

const type = 'ledger-checkpoint+jwt'
const name = 'urn:countersign:ledger' // iss, sub and aud: the key alone says whose ledger it is
const day = 86_400 // seconds; tokens must end, but a checkpoint states what was, and is read as of its own time
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex') // what comes before the 32 bytes of an Ed25519 key (RFC 8410)

/**
 * Makes the checkpointSigner of a server. Its key is Ed25519 and comes from the root secret, not from the key ring: a checkpoint of years ago
 * must still be readable, and signing keys are forgotten.
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
