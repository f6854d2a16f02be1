// Mistakes that must not compile. Checked by tsc; never run.
import { inspect } from './inspect.ts'
import type { Signer, SignerOptions } from './signer.ts'
import type { Policy } from './policy.ts'
import type { VerifiedToken } from './verification-steps.ts'

declare const policy: Policy
declare const options: SignerOptions
declare const signer: Signer
declare function wantsVerified(token: VerifiedToken): void
const { issuer: _issuer, ...withoutIssuer } = policy
const { audience: _audience, ...withoutAudience } = policy
const { algorithms: _algorithms, ...withoutAlgorithms } = policy
const { keys: _keys, ...withoutKeys } = policy
const { lifetime: _lifetime, ...withoutLifetime } = options

/** The compiler rejects each line. */
export function rejected(): readonly (Policy | SignerOptions)[] {
  // @ts-expect-error a token that was not verified
  wantsVerified({
    verified: true,
    header: { alg: 'ES256' },
    claims: { iss: '', sub: '', aud: '', exp: 0 },
    keyId: '',
  })
  // @ts-expect-error a token that was only decoded
  wantsVerified(inspect(''))
  // @ts-expect-error the signer sets exp
  signer.sign({ sub: 'a', aud: 'b', exp: 1 })
  // @ts-expect-error no subject
  signer.sign({ aud: 'b' })
  return [
    // @ts-expect-error no issuer
    withoutIssuer,
    // @ts-expect-error no audience
    withoutAudience,
    // @ts-expect-error no algorithms
    withoutAlgorithms,
    // @ts-expect-error no keys
    withoutKeys,
    // @ts-expect-error no lifetime
    withoutLifetime,
    // @ts-expect-error none is no algorithm
    { ...policy, algorithms: ['none'] },
    // @ts-expect-error text is no key
    { ...options, key: 'secret' },
  ]
}
