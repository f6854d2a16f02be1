import type { SigningKey } from '@countersign/token'
import { createHmac, sign } from 'node:crypto'

/** Encodes a text, or the JSON of any other value, in base64url. */
export const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Signs a token with any header and payload, valid or not: a text is used as it is, any other value as its JSON. */
export function forge(key: SigningKey, header: unknown, payload: unknown): string {
  const signed = `${part(header)}.${part(payload)}`
  const signature =
    key.algorithm === 'HS256'
      ? createHmac('sha256', key.privateKey).update(signed).digest()
      : sign(key.algorithm === 'EdDSA' ? null : 'sha256', Buffer.from(signed), {
          key: key.privateKey,
          dsaEncoding: 'ieee-p1363',
        })
  return `${signed}.${signature.toString('base64url')}`
}

/** Returns a token with the first character of its signature changed. */
export function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 1
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
