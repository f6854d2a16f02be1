import {
  createDpopNonces,
  dpopChecks,
  judgeDpopProof,
  toPrintableText,
  type Seconds,
} from '@countersign/token/internal'
import type { Clock } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { RootSecret } from '../kernel/root-secret.ts'
import type { Application } from './application.ts'
import type { Clients } from './clients.ts'

// DPoP (RFC 9449): a client proves with each request that it has a key, and its tokens are bound to that key.

/** An accepted proof of possession, which {@link useProof} has not recorded yet. */
export interface Proof {
  /** The thumbprint of its key. */
  readonly jkt: string
  /** The id that its use is recorded under: a hash of its key and its `jti`. */
  readonly id: string
  readonly expiresAt: Seconds
}

/** The dependencies of {@link readProof}. */
export interface ProofDeps {
  readonly root: RootSecret
  readonly clock: Clock
}

/** The request that a proof is for, with the URL as this server publishes it. */
export interface ProofRequest {
  readonly header: string | null
  readonly method: string
  readonly url: string
}

/**
 * Reads the proof of a request for tokens; `undefined` if it has none. Pure, but for the clock. `application` is the client, if it is one: its
 * setting may require a proof, or a nonce. A nonce is an HMAC of the time with a key of the root secret: nothing is stored, and all servers accept
 * it. Only such applications need one, because each of their requests may cost another. Fails with `dpop_proof_invalid` and `dpop_nonce_required`.
 */
export function readProof(
  { root, clock }: ProofDeps,
  { header, method, url }: ProofRequest,
  application: Application | null = null,
): Proof | undefined {
  if (header === null) return assertProofOf(application, undefined)
  const now = clock.now()
  const nonces =
    application?.dpop === 'nonce'
      ? createDpopNonces(root.key('DPoP nonces').reveal()).at(now)
      : undefined
  const judged = judgeDpopProof(header, { method, urls: [url], nonces }, now)
  if (judged.accepted) return { jkt: judged.thumbprint, id: judged.id, expiresAt: judged.expiresAt }
  const { check, expected, found } = judged
  if (check === 'nonce') throw fail('dpop_nonce_required', { facts: { nonce: nonces?.[0] } })
  throw fail('dpop_proof_invalid', {
    detail: `${check} must be ${dpopChecks[check]}`,
    facts: { check, expected, found: toPrintableText(found) },
  })
}

/** Returns the proof of an application, which may have to send one. Fails with `dpop_proof_invalid`. */
export function assertProofOf(
  application: Pick<Application, 'dpop'> | null,
  proof: Proof | undefined,
): Proof | undefined {
  if (proof || !application || application.dpop === 'optional') return proof
  throw fail('dpop_proof_invalid', { detail: 'this application must send one' })
}

/**
 * Records the use of a proof, once on all servers together; call it after everything else is judged, so that made-up proofs write nothing. Fails
 * with `dpop_proof_invalid` if it was used before.
 */
export async function useProof(
  clients: Pick<Clients, 'useAssertion'>,
  proof: Proof | undefined,
): Promise<void> {
  if (proof && !(await clients.useAssertion(proof.id, proof.expiresAt))) throw proofUsed()
}

/** The failure of a proof that was used before. */
export const proofUsed = () =>
  fail('dpop_proof_invalid', { detail: `jti must be that of ${dpopChecks.jti}` })

/** The claim by which a token is bound to the key of a proof (RFC 9449, section 6.1). */
export function confirmationOf(proof: Pick<Proof, 'jkt'> | undefined): {
  readonly cnf?: { readonly jkt: string }
} {
  return proof ? { cnf: { jkt: proof.jkt } } : {}
}
