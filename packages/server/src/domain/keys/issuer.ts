import {
  createSigner,
  createVerifier,
  importPrivateKey,
  importPublicKey,
  localKeySet,
  toJwks,
  type Clock,
  type Jwks,
  type PrivateJwk,
  type Seconds,
  type Signer,
  type Verifier,
} from '@countersign/token'
import { fail } from '../../failures.ts'
import { unseal, type KeyEncryptionKey } from './seal.ts'
import type { StoredSigningKey } from './signing-key.ts'

/** This server as an issuer: what it signs with, what it publishes, and how it checks its own tokens. */
export interface Issuer {
  readonly url: string
  readonly signer: Signer
  readonly verifier: Verifier
  readonly jwks: Jwks
}

/** What an issuer is made of. */
export interface IssuerOptions {
  readonly url: string
  readonly keys: readonly StoredSigningKey[]
  readonly keyEncryptionKey: KeyEncryptionKey
  readonly tokens: { readonly audience: string; readonly lifetime: Seconds }
  readonly clock: Clock
}

/** Opens the stored keys and makes signer, verifier and key set of them. Fails with `key_unsealable`. */
export function openIssuer({ url, keys, keyEncryptionKey, tokens, clock }: IssuerOptions): Issuer {
  const active = keys.find((key) => key.activatedAt !== null && key.retiredAt === null)
  if (!active) throw fail('internal', { facts: { problem: 'no active signing key' } })
  const text = unseal(active.sealed, keyEncryptionKey, active.id)
  const signingKey = importPrivateKey(JSON.parse(text.reveal()) as PrivateJwk, active.algorithm)
  const published = keys.map((key) => importPublicKey(key.publicJwk, key.algorithm))
  const { audience, lifetime } = tokens
  return {
    url,
    signer: createSigner({ key: signingKey, issuer: url, lifetime, clock }),
    verifier: createVerifier({
      issuer: url,
      audience,
      algorithms: [...new Set(published.map((key) => key.algorithm))],
      keys: localKeySet(published),
      clock,
    }),
    jwks: toJwks(published),
  }
}
