import { fail } from './failures.ts'
import type { SendRequest } from './send-request.ts'
import { toFailure, type ServerResponse } from './server-response.ts'
import type { SessionStore } from './session-store.ts'
import { refreshMembers, type SignedIn, type SignedOut } from './stored-session.ts'

interface SignOutOptions {
  readonly store: SessionStore
  readonly sendRequest: SendRequest
  readonly mode: 'bearer' | 'cookie'
}

const signedOut: SignedOut = { status: 'signed_out', reason: 'signed_out' }

/** Signs out here, and ends the session on the server, or all sessions of its user. */
export async function signOut(
  { store, sendRequest, mode }: SignOutOptions,
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
