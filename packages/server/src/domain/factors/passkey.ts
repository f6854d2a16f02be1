import type { Seconds } from '@countersign/token/internal'
import { fail } from '../../failures.ts'
import type { Random } from '../kernel/ports.ts'

/** A passkey of a user: a discoverable credential (WebAuthn Level 3, section 4), as it is stored. */
export interface Passkey {
  readonly id: string
  readonly userId: string
  /** The name that the user gave it. */
  readonly name: string
  /** The id that its authenticator gave it, in base64url. */
  readonly credentialId: string
  /** The public key as COSE, in base64url. */
  readonly publicKey: string
  /** The signature counter of its last use; 0 for an authenticator that counts nothing. */
  readonly counter: number
  /** The ways in which the browser reaches its authenticator, such as `internal`. */
  readonly transports: readonly string[]
  /** True if its provider keeps a copy, so that the loss of the device does not lose it. */
  readonly synced: boolean
  readonly createdAt: Seconds
  readonly lastUsedAt: Seconds | null
}

/** The response of a browser that has made a passkey; all but `transports` in base64url. */
export interface NewPasskeyResponse {
  readonly credentialId: string
  readonly clientData: string
  readonly attestation: string
  readonly transports: readonly string[]
}

/** The response of a browser that has signed with a passkey, in base64url. */
export interface PasskeyResponse {
  readonly credentialId: string
  readonly clientData: string
  readonly authenticatorData: string
  readonly signature: string
  /** Names the user that the passkey was made for. */
  readonly userHandle: string | undefined
}

/** The content of a response that was verified; its challenge is still to be used up. */
export interface VerifiedResponse {
  readonly challenge: string
  readonly counter: number
  readonly synced: boolean
}

/** The reason to refuse a passkey, for the operator. */
export type PasskeyProblem =
  /** The response cannot be parsed, is of the other kind, or comes from a frame of another origin. */
  | 'malformed'
  | 'origin'
  /** The signature, the relying party or the algorithm is wrong, or the authenticator did not verify its user. */
  | 'unverified'
  | 'unknown'
  /** It belongs to another user, or the response names another one. */
  | 'user'
  /** The challenge is unknown, expired or used, or was made for another purpose or session. */
  | 'challenge'
  /** The counter has not advanced: there may be a copy of the authenticator (WebAuthn Level 3, section 6.1.1). */
  | 'counter'
  /** The new passkey has the credential id of another one. */
  | 'taken'

/** Verifies the responses of browsers for this server as a relying party (WebAuthn Level 3, sections 7.1 and 7.2). A port. */
export interface WebAuthn {
  readonly relyingParty: {
    readonly id: string
    readonly name: string
    /** The origins whose pages may use the passkeys of this server. */
    readonly origins: readonly string[]
  }
  verifyNew(
    response: NewPasskeyResponse,
  ): Promise<(VerifiedResponse & { readonly publicKey: string }) | PasskeyProblem>
  verify(response: PasskeyResponse, publicKey: string): Promise<VerifiedResponse | PasskeyProblem>
}

/** The table of passkeys. To change one, lock its user first. */
export interface PasskeyTable {
  /** Lists the passkeys of a user, the oldest first. */
  list(userId: string): Promise<readonly Passkey[]>
  findByCredential(credentialId: string): Promise<Passkey | undefined>
  /** Returns false, and writes nothing, if there is one with this credential id. */
  add(passkey: Passkey): Promise<boolean>
  /** Records a use. */
  use(
    id: string,
    use: { readonly counter: number; readonly synced: boolean; readonly at: Seconds },
  ): Promise<void>
  /** Returns false if the user has no such passkey. */
  rename(userId: string, id: string, name: string): Promise<boolean>
  /** Returns false if the user has no such passkey. */
  delete(userId: string, id: string): Promise<boolean>
  deleteAll(userId: string): Promise<void>
}

/** The table of passkeys, as part of a store or a transaction. */
export interface PasskeyTables {
  readonly passkeys: PasskeyTable
}

/** The maximum number of passkeys of a user: more than a person has devices, and few enough to send all to a browser. */
export const maxPasskeysPerUser = 20

/** Makes the id of a passkey. */
export function newPasskeyId(random: Random): string {
  return `p_${random.bytes(16).toString('base64url')}`
}

/** Returns the user handle of a user (WebAuthn Level 3, section 5.4.3): their id, which is random and says nothing about them. */
export function userHandleOf(userId: string): string {
  return Buffer.from(userId).toString('base64url')
}

/** Returns whether the counter of a response is later than the stored one, or neither is counted (WebAuthn Level 3, section 6.1.1). Pure. */
export function isLaterCounter(counter: number, stored: number): boolean {
  return counter > stored || (counter === 0 && stored === 0)
}

/** Parses the name of a passkey. Fails with `passkey_name_unacceptable`. */
export function parsePasskeyName(text: string): string {
  const name = text.trim().normalize('NFC')
  if (/^[^\p{C}]{1,64}$/u.test(name)) return name
  throw fail('passkey_name_unacceptable')
}
