import { readTokenResponse, toFailure, type ServerResponse } from './server-response.ts'
import type { SendRequest } from './send-request.ts'
import { fail } from './failures.ts'
import type { SignedOut } from './stored-session.ts'
import type { Platform } from './platform.ts'
import { newSignedIn } from './refresh-outcome.ts'
import type { SessionStore } from './session-store.ts'
import type { Wire } from './wire.ts'

/** What somebody signs in with. */
export type Credentials = Omit<Wire['POST /login']['body'], 'cookies'>

interface Parts {
  readonly store: SessionStore
  readonly sendRequest: SendRequest
  readonly mode: 'bearer' | 'cookie'
}

/** Signs in, and keeps what the server gives. */
export async function signIn(
  { store, sendRequest, mode, platform }: Parts & { readonly platform: Platform },
  credentials: Credentials,
): Promise<void> {
  const at = platform.now()
  const body = { ...credentials, ...(mode === 'cookie' ? { cookies: true } : {}) }
  const answer = await sendRequest({ method: 'POST', path: '/login', body })
  if (answer.kind !== 'done') throw toFailure(answer)
  const tokenResponse = readTokenResponse(answer, mode)
  if (!tokenResponse) throw fail('answer_unusable')
  let before: string | undefined
  await store.change((stored) => {
    before = stored.status === 'signed_in' ? stored.tokens?.refresh : undefined
    return newSignedIn(tokenResponse, at, platform.newId())
  })
  // Whoever signs in anew leaves no session behind; if the server cannot be told, it expires.
  if (before) void sendRequest({ method: 'POST', path: '/logout', body: { refresh_token: before } })
}

const signedOut: SignedOut = { status: 'signed_out', why: 'signed_out' }

/** Signs out here, and has the server end the session, or all of its user's. */
export async function signOut(
  { store, sendRequest, mode }: Parts,
  scope: 'here' | 'everywhere',
): Promise<void> {
  const everywhere = scope === 'everywhere' ? { everywhere: true } : {}
  const endOnServer = async (shown: object) => {
    const body = { ...shown, ...everywhere }
    return sendRequest({ method: 'POST', path: '/logout', body, keepalive: true })
  }
  if (mode === 'cookie') {
    assertEnded(await endOnServer({}))
    await store.change(() => signedOut)
    return
  }
  let refresh: string | undefined
  await store.change((stored) => {
    refresh = stored.status === 'signed_in' ? stored.tokens?.refresh : undefined
    return stored.status === 'signed_in' ? signedOut : stored
  })
  if (refresh) assertEnded(await endOnServer({ refresh_token: refresh }))
  else if (scope === 'everywhere') throw fail('signed_out')
}

/** A session that there is no more is as good as ended. */
function assertEnded(answer: ServerResponse): void {
  const gone = answer.kind === 'refused' && answer.problem.code === 'nothing_to_end'
  if (answer.kind !== 'done' && !gone) throw toFailure(answer)
}
