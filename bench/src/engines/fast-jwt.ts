import { randomUUID, type KeyObject } from 'node:crypto'
import { createSigner, createVerifier, type Algorithm } from 'fast-jwt'
import type { CreateEngine } from '../engine.ts'

/** fast-jwt, key prepared at once, algorithm pinned, its cache on where asked for. */
export const create: CreateEngine = ({
  algorithm: named,
  privateKey,
  publicKey,
  claims,
  lifetime,
  keyId,
  cacheSize,
}) => {
  const algorithm = named as Algorithm // the table asks for no other
  const text = (key: KeyObject, type: 'spki' | 'pkcs8') =>
    key.type === 'secret' ? key.export() : key.export({ format: 'pem', type })
  const header = { alg: algorithm, typ: 'at+jwt', kid: keyId }
  const signer = createSigner({
    key: text(privateKey, 'pkcs8'),
    algorithm,
    header,
    expiresIn: lifetime * 1000,
  })
  const { iss: allowedIss, aud: allowedAud } = claims
  const verifier = createVerifier({
    key: text(publicKey, 'spki'),
    algorithms: [algorithm],
    allowedIss,
    allowedAud,
    cache: cacheSize === 0 ? false : cacheSize,
  })
  return {
    sign: () => signer({ ...claims, jti: randomUUID() }),
    verify: (token: string) => verifier(token) as unknown,
  }
}
