import {
  createSigner,
  createVerifier,
  importPrivateKey,
  importSecret,
  localKeySet,
  type PrivateJwk,
} from '@countersign/token'
import type { CreateEngine } from '../engine.ts'

/** Countersign, with every default check. */
export const create: CreateEngine = ({
  algorithm,
  privateKey,
  claims,
  lifetime,
  keyId,
  cacheSize,
}) => {
  const key =
    algorithm === 'HS256'
      ? importSecret(privateKey.export(), 'HS256', { id: keyId })
      : importPrivateKey(
          { ...privateKey.export({ format: 'jwk' }), kid: keyId } as PrivateJwk,
          algorithm,
        )
  const { iss: issuer, ...rest } = claims
  const signer = createSigner({ key, issuer, lifetime })
  const verifier = createVerifier({
    issuer,
    audience: claims.aud,
    algorithms: [algorithm],
    keys: localKeySet([key]),
    cacheSize,
  })
  return { sign: () => signer.sign(rest), verify: (token: string) => verifier.verify(token) }
}
