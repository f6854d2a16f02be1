import type { Algorithm, PublicAlgorithm } from '../jws/algorithms.ts'
import { importPublicKey } from './import-key.ts'
import type { PublicJwk } from './jwk.ts'
import type { VerificationKey } from './key.ts'

// A published RSA key may name no algorithm (RFC 7517, section 4.4), as those of Entra ID do, and six algorithms work with RSA. The policy
// chooses among them, and never the header of a token alone: a policy that allows one has chosen. If it allows several, the key is bound to
// the first that verifies a token, because a key is used with exactly one algorithm (RFC 8725bis, section 3.1).

/** The algorithms of an RSA key, the default first. */
const rsaAlgorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const

/** A key without `alg`, as one key for each algorithm that was tried. */
interface Choice {
  readonly jwk: PublicJwk
  readonly candidates: Map<PublicAlgorithm, VerificationKey>
  bound: VerificationKey | undefined
}

const choices = new WeakMap<VerificationKey, Choice>()

/** Imports an RSA key that names no algorithm, as a key for RS256 that {@link candidateFor} exchanges. Fails with `key_invalid`. */
export function importUndeclared(jwk: PublicJwk): VerificationKey {
  return candidate({ jwk, candidates: new Map(), bound: undefined }, 'RS256')
}

/** Returns whether the JWK of a key named no algorithm. */
export function isUndeclared(key: VerificationKey): boolean {
  return choices.has(key)
}

/** Returns the algorithm that a key without `alg` is bound to; `undefined` before a token was accepted. */
export function boundAlgorithmOf(key: VerificationKey): Algorithm | undefined {
  return choices.get(key)?.bound?.algorithm
}

/**
 * Returns the key to verify a token of some algorithm with. For a key without `alg`: the one that it is bound to, or else the allowed one that
 * the header names, or else the first allowed one; RS256 if no RSA algorithm is named. Every other key is returned as it is.
 */
export function candidateFor(
  key: VerificationKey,
  alg: Algorithm,
  allowed: ReadonlySet<Algorithm> | undefined,
): VerificationKey {
  const choice = choices.get(key)
  if (!choice) return key
  const possible = rsaAlgorithms.filter((one) => allowed?.has(one))
  return choice.bound ?? candidate(choice, possible.find((one) => one === alg) ?? possible[0])
}

/** Binds a key without `alg` to the algorithm of this candidate, because it verified a token. Has no effect on any other key. */
export function bindAlgorithm(key: VerificationKey): void {
  const choice = choices.get(key)
  if (choice) choice.bound ??= key
}

function candidate(choice: Choice, algorithm: PublicAlgorithm = 'RS256'): VerificationKey {
  const known = choice.candidates.get(algorithm)
  if (known) return known
  const key = importPublicKey(choice.jwk, algorithm)
  choice.candidates.set(algorithm, key)
  choices.set(key, choice)
  return key
}
