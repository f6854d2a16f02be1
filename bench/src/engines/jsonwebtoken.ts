import { randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { CreateEngine } from '../engine.ts'

/** jsonwebtoken, keys as KeyObject, algorithm pinned. */
export const create: CreateEngine = ({
  algorithm: named,
  privateKey,
  publicKey,
  claims,
  lifetime,
  keyId,
}) => {
  const algorithm = named as jwt.Algorithm // the table asks for no other
  const { iss: issuer, aud: audience } = claims
  const header = { alg: algorithm, typ: 'at+jwt', kid: keyId }
  return {
    sign: () =>
      jwt.sign({ ...claims, jti: randomUUID() }, privateKey, {
        algorithm,
        header,
        expiresIn: lifetime,
      }),
    verify: (token: string) =>
      jwt.verify(token, publicKey, { algorithms: [algorithm], issuer, audience }),
  }
}
