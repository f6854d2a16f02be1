import { generateKey } from '@countersign/token'
import { signDpopProof, type ProvenRequest, type SignableClaims } from '@countersign/token/internal'
import type { FixedClock } from '@countersign/token/testing'

/** A client of a test issuer that has a key, to which its tokens are bound (DPoP, RFC 9449). */
export interface TestBoundClient {
  /** The thumbprint of its key: `cnf.jkt` of its tokens. */
  readonly jkt: string
  /** Signs a token that is bound to its key. */
  token(claims?: Partial<SignableClaims>): string
  /** Signs a proof for one request; `url` is that of the guard's `dpop.url`, with the path. */
  proof(request: ProvenRequest): string
  /** Returns the headers of one request: a bound token, and a new proof for it. */
  headers(
    request: Pick<ProvenRequest, 'method' | 'url' | 'nonce'>,
    token?: string,
  ): { readonly authorization: string; readonly dpop: string }
}

/** Creates a client with a new key. */
export function createTestBoundClient(
  sign: (claims?: Partial<SignableClaims>) => string,
  clock: FixedClock,
): TestBoundClient {
  const key = generateKey('ES256')
  const token = (claims: Partial<SignableClaims> = {}) => sign({ ...claims, cnf: { jkt: key.id } })
  const proof = (request: ProvenRequest) => signDpopProof(key, request, clock.now())
  return {
    jkt: key.id,
    token,
    proof,
    headers(request, accessToken = token()) {
      return {
        authorization: `DPoP ${accessToken}`,
        dpop: proof({ ...request, accessToken }),
      }
    },
  }
}
