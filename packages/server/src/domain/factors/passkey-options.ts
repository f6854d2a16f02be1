import type { User } from '../users/user.ts'
import { challengeSeconds, type PasskeyChallenge } from './passkey-challenge.ts'
import { userHandleOf, type Passkey, type WebAuthn } from './passkey.ts'

// The options of a browser's WebAuthn calls, in the JSON that `PublicKeyCredential.parseCreationOptionsFromJSON` and
// `parseRequestOptionsFromJSON` read (WebAuthn Level 3, section 5.1.8 and 5.1.9).

/** A passkey as browsers find it. */
export interface CredentialDescriptor {
  readonly type: 'public-key'
  readonly id: string
  readonly transports: readonly string[]
}

/** The options to make a passkey. */
export interface CreationOptions {
  readonly challenge: string
  readonly rp: { readonly id: string; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[]
  readonly timeout: number
  readonly excludeCredentials: readonly CredentialDescriptor[]
  readonly authenticatorSelection: {
    readonly residentKey: 'required'
    readonly requireResidentKey: true
    readonly userVerification: 'required'
  }
  readonly attestation: 'none'
}

/** The options to sign with a passkey. */
export interface RequestOptions {
  readonly challenge: string
  readonly rpId: string
  readonly timeout: number
  readonly allowCredentials: readonly CredentialDescriptor[]
  readonly userVerification: 'required'
}

/** The COSE algorithms of passkeys (RFC 9053, section 2; RFC 8812, section 2), the preferred one first: EdDSA, ES256, RS256. */
export const passkeyAlgorithms: readonly number[] = [-8, -7, -257]

/** Returns the options to make a passkey for a user, with an authenticator that has none of these. */
export function creationOptions(
  { relyingParty: { id, name } }: WebAuthn,
  user: Pick<User, 'id' | 'name'>,
  existing: readonly Passkey[],
  { challenge }: PasskeyChallenge,
): CreationOptions {
  return {
    challenge,
    rp: { id, name },
    user: { id: userHandleOf(user.id), name: user.name, displayName: user.name },
    pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: 'public-key', alg })),
    timeout: challengeSeconds * 1000,
    excludeCredentials: existing.map(toDescriptor),
    authenticatorSelection: {
      residentKey: 'required',
      requireResidentKey: true,
      userVerification: 'required',
    },
    attestation: 'none', // who made the authenticator is not asked: it would identify devices
  }
}

/** Returns the options to sign with one of these passkeys; with none, the browser offers those that it finds. */
export function requestOptions(
  { relyingParty }: WebAuthn,
  passkeys: readonly Passkey[],
  { challenge }: PasskeyChallenge,
): RequestOptions {
  return {
    challenge,
    rpId: relyingParty.id,
    timeout: challengeSeconds * 1000,
    allowCredentials: passkeys.map(toDescriptor),
    userVerification: 'required',
  }
}

function toDescriptor({ credentialId, transports }: Passkey): CredentialDescriptor {
  return { type: 'public-key', id: credentialId, transports }
}
