import type { Call, CallInput } from './call.ts'
import { fail } from './failures.ts'

/**
 * The options of `session.signInWithPasskey`: how it asks for a passkey.
 *
 * @example
 * ```ts
 * import type { PasskeyPrompt, Session } from '@countersign/client'
 *
 * export async function offerPasskeys(session: Session, form: AbortSignal): Promise<void> {
 *   const prompt: PasskeyPrompt = { autofill: true, signal: form } // the input has autocomplete="username webauthn"
 *   await session.signInWithPasskey(prompt)
 * }
 * ```
 */
export interface PasskeyPrompt {
  /** Offers passkeys in the autofill of an input, without a dialog (conditional mediation); resolves when the user chooses one. */
  readonly autofill?: boolean
  /** Ends the offer, for example when the user signs in with a password. */
  readonly signal?: AbortSignal
}

/**
 * The passkey for `session.addPasskey`: a name by which its owner recognizes it, and their password.
 *
 * @example
 * ```ts
 * import type { NewPasskey } from '@countersign/client'
 *
 * const passkey: NewPasskey = { name: 'Laptop', currentPassword: 'the quick brown fox' }
 * console.log(passkey.name) // Laptop
 * ```
 */
export interface NewPasskey {
  readonly name: string
  readonly currentPassword: string
}

/** The part of WebAuthn that the client uses, with its JSON forms (WebAuthn Level 3, section 5.1). */
interface WebAuthn {
  readonly PublicKeyCredential?: {
    parseRequestOptionsFromJSON?(options: object): object
    parseCreationOptionsFromJSON?(options: object): object
    isConditionalMediationAvailable?(): Promise<boolean>
  }
  readonly navigator?: {
    readonly credentials?: {
      get(options: object): Promise<Credential | null>
      create(options: object): Promise<Credential | null>
    }
  }
}

interface Credential {
  toJSON(): object
}

const web = globalThis as unknown as WebAuthn // each member is checked before it is used

/** Signs with a passkey. Fails with `passkeys_unavailable` and `passkey_not_used`, and with the reason of the signal. */
export async function signWithPasskey(
  options: object,
  { autofill = false, signal }: PasskeyPrompt = {},
): Promise<object> {
  const publicKey = web.PublicKeyCredential?.parseRequestOptionsFromJSON?.(options)
  if (!publicKey) throw fail('passkeys_unavailable')
  if (autofill && !(await web.PublicKeyCredential?.isConditionalMediationAvailable?.()))
    throw fail('passkeys_unavailable', { detail: 'it does not offer them in the autofill' })
  const mediation = autofill ? { mediation: 'conditional' } : {}
  const request = { publicKey, ...mediation, ...(signal && { signal }) }
  return ask(signal, web.navigator?.credentials?.get(request))
}

/** Adds a passkey for the signed-in user, and returns recovery codes. */
export async function addPasskey(
  call: Call,
  { name, currentPassword }: NewPasskey,
): Promise<readonly string[]> {
  const body = { current_password: currentPassword }
  const made = await createPasskey(await call('POST /me/factors/passkeys/options', { body }))
  const passkey = made as CallInput<'POST /me/factors/passkeys'>['body']['passkey'] // the server checks it
  return (await call('POST /me/factors/passkeys', { body: { name, passkey } })).recovery_codes
}

/** Makes a passkey. Fails as {@link signWithPasskey}. */
async function createPasskey(options: object): Promise<object> {
  const publicKey = web.PublicKeyCredential?.parseCreationOptionsFromJSON?.(options)
  if (!publicKey) throw fail('passkeys_unavailable')
  return ask(undefined, web.navigator?.credentials?.create({ publicKey }))
}

async function ask(
  signal: AbortSignal | undefined,
  asking: Promise<Credential | null> | undefined,
): Promise<object> {
  const credential = await asking?.catch((cause: unknown) => {
    signal?.throwIfAborted()
    throw fail('passkey_not_used', { cause })
  })
  if (!credential) throw fail('passkey_not_used')
  return credential.toJSON()
}
