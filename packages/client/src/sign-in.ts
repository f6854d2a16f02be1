import { fail } from './failures.ts'
import { signWithPasskey, type PasskeyPrompt } from './passkeys.ts'
import type { Platform } from './platform.ts'
import { newSignedIn } from './refresh-outcome.ts'
import type { SendRequest } from './send-request.ts'
import { readTokenResponse, toFailure, type ServerResponse } from './server-response.ts'
import type { SessionStore } from './session-store.ts'
import { refreshMembers, type SignedIn } from './stored-session.ts'
import type { Wire } from './wire.ts'

/**
 * The user name, or the verified e-mail address, and the password for `session.signIn`.
 *
 * @example
 * ```ts
 * import { createSession, type Credentials } from '@countersign/client'
 *
 * const credentials: Credentials = { username: 'admin', password: 'password' }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * await session.signIn(credentials)
 * ```
 */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly email: string; readonly password: string }

/**
 * An e-mail address and the code that was sent to it, for `session.signInWithCode` and `session.resetPassword`.
 *
 * @example
 * ```ts
 * import type { EmailCode } from '@countersign/client'
 *
 * const proof: EmailCode = { email: 'ada@example.com', code: '048 206 193' }
 * console.log(proof.code.length) // 11
 * ```
 */
export interface EmailCode {
  readonly email: string
  /** Nine digits, with or without spaces. */
  readonly code: string
}
/**
 * A second factor: the six digits that an authenticator application shows, a recovery code, or a passkey, for which the browser asks.
 *
 * @example
 * ```ts
 * import type { SecondFactor } from '@countersign/client'
 *
 * const factor: SecondFactor = { code: '492039' }
 * console.log(factor.code.length) // 6
 * ```
 */
export type SecondFactor =
  | { readonly code: string }
  | { readonly recoveryCode: string }
  | { readonly passkey: true }

/**
 * The result of `session.signIn`: the user is signed in, or a second step is necessary.
 *
 * @example
 * ```ts
 * import { createSession, type SignInResult } from '@countersign/client'
 *
 * async function finish(result: SignInResult, code: string): Promise<void> {
 *   if (result.status === 'factor_required') await result.finish({ code })
 *   if (result.status === 'factor_enrolment_required') console.log((await result.proposeTotp()).uri)
 * }
 * const session = createSession({ url: 'http://localhost:5000', mode: 'bearer' })
 * await finish(await session.signIn({ username: 'admin', password: 'password' }), '492039')
 * ```
 */
export type SignInResult =
  | { readonly status: 'signed_in' }
  /** The user has a second factor. */
  | {
      readonly status: 'factor_required'
      /** The factors that the user has: `totp`, `passkey`, `recovery_code`. */
      readonly factors: readonly string[]
      /** Completes the sign-in. Fails with `factor_wrong` or `passkey_wrong`, then try again; with `login_delayed`; and with `sign_in_expired`, then begin again. */
      finish(factor: SecondFactor): Promise<void>
    }
  /** The user must have a second factor, and has none yet. */
  | {
      readonly status: 'factor_enrolment_required'
      /** Makes a secret for an authenticator application; `uri` is for a QR code. Fails with `sign_in_expired`. */
      proposeTotp(): Promise<Wire['POST /login/factor/totp']['answer']>
      /** Adds the application with its first code, completes the sign-in, and returns recovery codes, which are shown once. Fails as `finish`. */
      confirmTotp(code: string): Promise<readonly string[]>
    }

interface SignInOptions {
  readonly store: SessionStore
  readonly sendRequest: SendRequest
  readonly mode: 'bearer' | 'cookie'
  readonly platform: Platform
}

/** Signs in and stores the session, or returns how to continue. */
export async function signIn(
  options: SignInOptions,
  credentials: Credentials | EmailCode,
): Promise<SignInResult> {
  const response = await sendSignIn(options, '/login', credentials)
  if (response.kind === 'ok') return { status: 'signed_in' }
  const { code, signIn: sign_in, factors } = response.kind === 'refused' ? response.problem : {}
  if (code === 'factor_required' && sign_in)
    return {
      status: code,
      factors: factors ?? [],
      async finish(factor) {
        const path = '/login/factor'
        const request = { method: 'POST', path: `${path}/options`, body: { sign_in } }
        const proof = await toWire(factor, async () => assertOk(await options.sendRequest(request)))
        assertOk(await sendSignIn(options, path, { sign_in, ...proof }))
      },
    }
  if (code === 'factor_enrolment_required' && sign_in)
    return { status: code, ...enrolment(options, sign_in) }
  throw toFailure(response)
}

/** Signs in with a passkey, without a user name, and stores the session. */
export async function signInWithPasskey(
  options: SignInOptions,
  prompt?: PasskeyPrompt,
): Promise<void> {
  const path = '/login/passkey'
  const request = { method: 'POST', path: `${path}/options` }
  const signature = await toWire(
    { passkey: true },
    async () => assertOk(await options.sendRequest(request)),
    prompt,
  )
  assertOk(await sendSignIn(options, path, signature))
}

function enrolment(options: SignInOptions, sign_in: string) {
  const path = '/login/factor/totp'
  return {
    async proposeTotp() {
      const response = await options.sendRequest({ method: 'POST', path, body: { sign_in } })
      return assertOk(response) as Wire['POST /login/factor/totp']['answer'] // the server's tests check it
    },
    async confirmTotp(code: string) {
      const answer = assertOk(await sendSignIn(options, `${path}/confirm`, { sign_in, code }))
      return (answer as Wire['POST /login/factor/totp/confirm']['answer']).recovery_codes
    },
  }
}

function assertOk(response: ServerResponse): unknown {
  if (response.kind !== 'ok') throw toFailure(response)
  return response.body
}

/** Sends a step of a sign-in, and stores the session that a successful response begins. */
async function sendSignIn(
  { store, sendRequest, mode, platform }: SignInOptions,
  path: string,
  members: object,
): Promise<ServerResponse> {
  const requestedAt = platform.now()
  const body = { ...members, ...(mode === 'cookie' ? { cookies: true } : {}) }
  const response = await sendRequest({ method: 'POST', path, body })
  if (response.kind !== 'ok') return response
  const tokenResponse = readTokenResponse(response, mode)
  if (!tokenResponse) throw fail('answer_unusable')
  let replaced: SignedIn | undefined
  await store.update((stored) => {
    replaced = stored.status === 'signed_in' && stored.tokens ? stored : undefined
    return newSignedIn(tokenResponse, requestedAt, platform.newId())
  })
  // A new sign-in ends the session it replaces. If that request fails, the old session expires.
  if (replaced)
    void sendRequest({ method: 'POST', path: '/logout', body: refreshMembers(replaced) })
  return response
}

/** Returns the members of a body that prove a factor. `getOptions` requests the options to sign with a passkey. */
export async function toWire<Other extends object>(
  proof: SecondFactor | Other,
  getOptions: () => Promise<unknown>,
  prompt?: PasskeyPrompt,
): Promise<object> {
  if ('recoveryCode' in proof) return { recovery_code: proof.recoveryCode }
  if (!('passkey' in proof)) return proof
  return { passkey: await signWithPasskey((await getOptions()) as object, prompt) } // the server's tests check the options
}
