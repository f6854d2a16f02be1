import { passkeyAlgorithms } from '../../domain/factors/passkey-options.ts'
import type { NewPasskeyResponse, PasskeyResponse, WebAuthn } from '../../domain/factors/passkey.ts'

const loadLibrary = () => import('@simplewebauthn/server') // 30 MB and 150 ms: loaded when the first passkey is used

/** The responses of browsers, verified by the library `@simplewebauthn/server`. The relying party is the host of the issuer. */
export function createWebAuthn(url: string, origins: readonly string[]): WebAuthn {
  const { hostname, host, origin } = new URL(url)
  const relyingParty = { id: hostname, name: host, origins: [...new Set([origin, ...origins])] }
  return {
    relyingParty,
    verifyNew: (response) => verifyNew(relyingParty, response),
    verify: (response, publicKey) => verifySignature(relyingParty, response, publicKey),
  }
}

type RelyingParty = WebAuthn['relyingParty']

async function verifyNew(
  relyingParty: RelyingParty,
  { credentialId, clientData, attestation, transports }: NewPasskeyResponse,
): ReturnType<WebAuthn['verifyNew']> {
  const parsed = parseClientData(clientData, 'webauthn.create', relyingParty.origins)
  if (typeof parsed === 'string') return parsed
  const attestationObject = await withoutStatement(attestation)
  if (attestationObject === undefined) return 'malformed'
  const made = {
    clientDataJSON: clientData,
    attestationObject,
    transports: [...transports],
  }
  const response = { ...publicKeyCredential(credentialId), response: made }
  const { verifyRegistrationResponse } = await loadLibrary()
  const verifying = verifyRegistrationResponse({
    response,
    ...expectedOf(relyingParty),
    supportedAlgorithmIDs: [...passkeyAlgorithms],
  })
  const info = (await verifying.catch(() => undefined))?.registrationInfo // its messages quote what the caller sent
  if (info?.credential.id !== credentialId) return 'unverified'
  const publicKey = Buffer.from(info.credential.publicKey).toString('base64url')
  const { counter } = info.credential
  return { ...parsed, publicKey, counter, synced: info.credentialBackedUp }
}

/**
 * Returns an attestation object without its statement, as if the browser had sent none (WebAuthn Level 3, section 8.7). None is asked for, and the library
 * would follow what a statement says: it requests the revocation list that a certificate in it names, on any host.
 */
async function withoutStatement(attestation: string): Promise<string | undefined> {
  const { decodeAttestationObject, isoCBOR } = await import('@simplewebauthn/server/helpers')
  try {
    const sent = decodeAttestationObject(Uint8Array.from(Buffer.from(attestation, 'base64url')))
    const none = isoCBOR.encode(
      new Map<string, string | Uint8Array | Map<string, string>>([
        ['fmt', 'none'],
        ['attStmt', new Map<string, string>()],
        ['authData', sent.get('authData')],
      ]),
    )
    return Buffer.from(none).toString('base64url')
  } catch {
    return undefined
  }
}

async function verifySignature(
  relyingParty: RelyingParty,
  { credentialId, clientData, authenticatorData, signature }: PasskeyResponse,
  publicKey: string,
): ReturnType<WebAuthn['verify']> {
  const parsed = parseClientData(clientData, 'webauthn.get', relyingParty.origins)
  if (typeof parsed === 'string') return parsed
  const signed = { clientDataJSON: clientData, authenticatorData, signature }
  const response = { ...publicKeyCredential(credentialId), response: signed }
  const key = Uint8Array.from(Buffer.from(publicKey, 'base64url'))
  const credential = { id: credentialId, publicKey: key, counter: 0 } // the counter is judged in the transaction
  const { verifyAuthenticationResponse } = await loadLibrary()
  const expected = expectedOf(relyingParty)
  const verifying = verifyAuthenticationResponse({ response, ...expected, credential })
  const outcome = await verifying.catch(() => undefined)
  if (!outcome?.verified) return 'unverified'
  const { newCounter, credentialBackedUp } = outcome.authenticationInfo
  return { ...parsed, counter: newCounter, synced: credentialBackedUp }
}

function expectedOf({ id, origins }: RelyingParty) {
  return {
    expectedOrigin: [...origins],
    expectedRPID: id,
    requireUserVerification: true,
    expectedChallenge: () => true, // used up in the transaction that it lets in
  }
}

function publicKeyCredential(id: string) {
  return { id, rawId: id, type: 'public-key', clientExtensionResults: {} } as const
}

/** Parses what the browser has signed (WebAuthn Level 3, section 5.8.1) and returns its challenge, or the problem. */
function parseClientData(
  clientData: string,
  type: 'webauthn.create' | 'webauthn.get',
  origins: readonly string[],
): { readonly challenge: string } | 'malformed' | 'origin' {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(clientData, 'base64url').toString())
  } catch {
    return 'malformed'
  }
  if (typeof parsed !== 'object' || parsed === null) return 'malformed'
  const data: Readonly<Record<string, unknown>> = { ...parsed }
  const { challenge } = data
  if (data['type'] !== type || data['crossOrigin'] === true) return 'malformed' // a frame of another origin could hide what the user agrees to
  if (typeof challenge !== 'string' || !/^[\w-]{43}$/.test(challenge)) return 'malformed'
  return origins.includes(String(data['origin'])) ? { challenge } : 'origin'
}
