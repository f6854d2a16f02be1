import { decodeAttestationObject, isoCBOR } from '@simplewebauthn/server/helpers'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAuthenticator } from '../../domain/factors/authenticator.fixture.ts'
import { createWebAuthn } from './web-authn.ts'

const origin = 'https://auth.example.com'

/** Returns the response of a new passkey, whose attestation object was changed. */
function made(change: (attestation: Uint8Array) => Uint8Array) {
  const authenticator = createAuthenticator({ origin, userId: 'u_1' })
  const { id, response } = authenticator.create({ challenge: 'A'.repeat(43) })
  const { clientDataJSON: clientData, attestationObject } = response
  const sent = change(Uint8Array.from(Buffer.from(attestationObject, 'base64url')))
  const attestation = Buffer.from(sent).toString('base64url')
  return { credentialId: id, clientData, attestation, transports: [] }
}

test('[22.94] the statement of an attestation is not read: its certificates could make this server send requests', async () => {
  const { verifyNew } = createWebAuthn(origin, [])
  for (const format of ['android-key', 'android-safetynet', 'apple', 'fido-u2f', 'packed', 'tpm']) {
    const response = made((sent) => {
      const authData = decodeAttestationObject(Uint8Array.from(sent)).get('authData')
      const certificates = [new Uint8Array([0x30, 0])]
      return isoCBOR.encode(
        new Map<string, string | Uint8Array | Map<string, Uint8Array[]>>([
          ['fmt', format],
          ['attStmt', new Map([['x5c', certificates]])],
          ['authData', authData],
        ]),
      )
    })
    assert.equal(typeof (await verifyNew(response)), 'object', format)
  }
})

test('an attestation object that is none is malformed', async () => {
  const { verifyNew } = createWebAuthn(origin, [])
  for (const change of [
    () => new Uint8Array([0xff]),
    () => new Uint8Array([0xa0]),
    (sent: Uint8Array) => sent.slice(0, 40),
  ])
    assert.match(String(await verifyNew(made(change))), /^(malformed|unverified)$/)
})
