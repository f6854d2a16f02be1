import { constants, createHmac, randomUUID, sign, timingSafeEqual, verify } from 'node:crypto'
import type { BenchAlgorithm, CreateEngine } from '../engine.ts'

interface Prepared {
  readonly signed: Buffer
  readonly signature: Buffer
}

/** The limit: the platform's primitive on bytes prepared outside the clock, and nothing else. */
export const create: CreateEngine = ({
  algorithm,
  privateKey,
  publicKey,
  claims,
  keyId,
  lifetime,
}) => {
  const iat = Math.floor(Date.now() / 1000)
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const whole = { ...claims, iat, exp: iat + lifetime, jti: randomUUID() }
  const text = `${encode({ alg: algorithm, typ: 'at+jwt', kid: keyId })}.${encode(whole)}`
  const bytes = Buffer.from(text)
  const prepare = (token: string): Prepared => {
    const dot = token.lastIndexOf('.')
    const signature = Buffer.from(token.slice(dot + 1), 'base64url')
    return { signed: Buffer.from(token.slice(0, dot)), signature }
  }
  const must = (good: boolean) => {
    if (!good) throw new Error('the signature does not fit')
  }
  if (algorithm === 'HS256') {
    const mac = (data: Buffer) => createHmac('sha256', privateKey).update(data).digest()
    return {
      sign: () => `${text}.${mac(bytes).toString('base64url')}`,
      prepare,
      verify: ({ signed, signature }: Prepared) => must(timingSafeEqual(mac(signed), signature)),
    }
  }
  const hash = algorithm === 'EdDSA' || algorithm === 'ML-DSA-44' ? null : 'sha256'
  const extra = extraOf(algorithm)
  const [signing, checking] = [
    { key: privateKey, ...extra },
    { key: publicKey, ...extra },
  ]
  return {
    sign: () => `${text}.${sign(hash, bytes, signing).toString('base64url')}`,
    prepare,
    verify: ({ signed, signature }: Prepared) => must(verify(hash, signed, checking, signature)),
  }
}

function extraOf(algorithm: BenchAlgorithm): object {
  if (algorithm === 'ES256') return { dsaEncoding: 'ieee-p1363' }
  return algorithm === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {}
}
