import { readTokenResponse, toFailure, type ServerResponse } from './server-response.ts'
import type { SendRequest } from './send-request.ts'
import { fail } from './failures.ts'
import { refreshMembers, type SignedIn, type SignedOut } from './stored-session.ts'
import type { Platform, Seconds } from './platform.ts'
import { newSignedIn } from './refresh-outcome.ts'
import type { SessionStore } from './session-store.ts'

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

interface Dependencies {
  readonly store: SessionStore
  readonly sendRequest: SendRequest
  readonly mode: 'bearer' | 'cookie'
}

/** Signs in and stores the session. */
export async function signIn(
  { store, sendRequest, mode, platform }: Dependencies & { readonly platform: Platform },
  credentials: Credentials | EmailCode,
): Promise<void> {
  const requestedAt = platform.now()
  const body = { ...credentials, ...(mode === 'cookie' ? { cookies: true } : {}) }
  const response = await sendRequest({ method: 'POST', path: '/login', body })
  if (response.kind !== 'ok') throw toFailure(response)
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
}

/** Returns how to store the tokens of a response that revoked the earlier ones. A sign-out or a new sign-in meanwhile wins. */
export function renewedBy(
  { stored, update }: SessionStore,
  mode: 'bearer' | 'cookie',
  requestedAt: Seconds,
) {
  return async (response: ServerResponse): Promise<void> => {
    const tokenResponse = response.kind === 'ok' && readTokenResponse(response, mode)
    if (!tokenResponse) throw fail('answer_unusable')
    await update((found) =>
      found.status === 'signed_in' && stored.status === 'signed_in' && found.id === stored.id
        ? { ...newSignedIn(tokenResponse, requestedAt, found.id), revision: found.revision + 1 }
        : found,
    )
  }
}

const signedOut: SignedOut = { status: 'signed_out', reason: 'signed_out' }

/** Signs out here, and ends the session on the server, or all sessions of its user. */
export async function signOut(
  { store, sendRequest, mode }: Dependencies,
  scope: 'here' | 'everywhere',
): Promise<void> {
  const everywhere = scope === 'everywhere' ? { everywhere: true } : {}
  const endOnServer = async (token: object) => {
    const body = { ...token, ...everywhere }
    return sendRequest({ method: 'POST', path: '/logout', body, keepalive: true })
  }
  if (mode === 'cookie') {
    const stored = await store.peek()
    assertEnded(await endOnServer(stored.status === 'signed_in' ? refreshMembers(stored) : {}))
    await store.update(() => signedOut)
    return
  }
  let left: SignedIn | undefined
  await store.update((stored) => {
    left = stored.status === 'signed_in' && stored.tokens ? stored : undefined
    return stored.status === 'signed_in' ? signedOut : stored
  })
  if (left) assertEnded(await endOnServer(refreshMembers(left)))
  else if (scope === 'everywhere') throw fail('signed_out')
}

/** Throws unless the session is over. A session that no longer exists is over. */
function assertEnded(response: ServerResponse): void {
  const isGone = response.kind === 'refused' && response.problem.code === 'nothing_to_end'
  if (response.kind !== 'ok' && !isGone) throw toFailure(response)
}
