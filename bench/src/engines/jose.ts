import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { CreateEngine } from '../engine.ts'

/** jose, keys as KeyObject, algorithm pinned. */
export const create: CreateEngine = ({
  algorithm,
  privateKey,
  publicKey,
  claims,
  lifetime,
  keyId,
}) => {
  const { iss: issuer, aud: audience } = claims
  return {
    sign: () =>
      new SignJWT({ ...claims, jti: randomUUID() })
        .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid: keyId })
        .setIssuedAt()
        .setExpirationTime(`${lifetime}s`)
        .sign(privateKey),
    verify: (token: string) =>
      jwtVerify(token, publicKey, { issuer, audience, algorithms: [algorithm], typ: 'at+jwt' }),
  }
}
