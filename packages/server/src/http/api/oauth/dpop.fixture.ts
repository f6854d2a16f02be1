import { forge } from '@countersign/testing/tokens'
import { exportPublicJwk, generateKey } from '@countersign/token'
import { sha256 } from '@countersign/token/internal'
import { randomBytes } from 'node:crypto'
import type { TestServer } from '../../../testing.ts'

/** A client's key, and its proofs at the time of a server. */
export function newDpopKey({ clock }: Pick<TestServer, 'clock'>) {
  const key = generateKey('ES256')
  const proof = (change: Readonly<Record<string, unknown>> = {}, accessToken?: unknown) =>
    forge(
      key,
      { typ: 'dpop+jwt', alg: 'ES256', jwk: exportPublicJwk(key) },
      {
        jti: randomBytes(16).toString('base64url'),
        htm: 'POST',
        htu: 'http://localhost:5000/oauth/token',
        iat: clock.now(),
        ...(accessToken !== undefined && { ath: sha256(String(accessToken)) }),
        ...change,
      },
    )
  return { jkt: key.id, proof }
}
