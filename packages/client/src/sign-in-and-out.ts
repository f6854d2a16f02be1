import { readIssued, toFailure, type Answer } from './answer.ts'
import type { Ask } from './ask.ts'
import { fail } from './failures.ts'
import type { SignedOut } from './kept.ts'
import type { Platform } from './platform.ts'
import { newSignedIn } from './renewal.ts'
import type { View } from './view.ts'
import type { Wire } from './wire.ts'

/** What somebody signs in with. */
export type Credentials = Omit<Wire['POST /login']['body'], 'cookies'>

interface Parts {
  readonly view: View
  readonly ask: Ask
  readonly mode: 'bearer' | 'cookie'
}

/** Signs in, and keeps what the server gives. */
export async function signIn(
  { view, ask, mode, platform }: Parts & { readonly platform: Platform },
  credentials: Credentials,
): Promise<void> {
  const at = platform.now()
  const body = { ...credentials, ...(mode === 'cookie' ? { cookies: true } : {}) }
  const answer = await ask({ method: 'POST', path: '/login', body })
  if (answer.kind !== 'done') throw toFailure(answer)
  const issued = readIssued(answer, mode)
  if (!issued) throw fail('answer_unusable')
  let before: string | undefined
  await view.change((kept) => {
    before = kept.status === 'signed_in' ? kept.tokens?.refresh : undefined
    return newSignedIn(issued, at, platform.newId())
  })
  // Whoever signs in anew leaves no session behind; if the server cannot be told, it expires.
  if (before) void ask({ method: 'POST', path: '/logout', body: { refresh_token: before } })
}

const signedOut: SignedOut = { status: 'signed_out', why: 'signed_out' }

/** Signs out here, and has the server end the session, or all of its user's. */
export async function signOut(
  { view, ask, mode }: Parts,
  scope: 'here' | 'everywhere',
): Promise<void> {
  const everywhere = scope === 'everywhere' ? { everywhere: true } : {}
  const tellServer = async (shown: object) => {
    const body = { ...shown, ...everywhere }
    return ask({ method: 'POST', path: '/logout', body, keepalive: true })
  }
  if (mode === 'cookie') {
    assertTold(await tellServer({}))
    await view.change(() => signedOut)
    return
  }
  let refresh: string | undefined
  await view.change((kept) => {
    refresh = kept.status === 'signed_in' ? kept.tokens?.refresh : undefined
    return kept.status === 'signed_in' ? signedOut : kept
  })
  if (refresh) assertTold(await tellServer({ refresh_token: refresh }))
  else if (scope === 'everywhere') throw fail('signed_out')
}

/** A session that there is no more is as good as ended. */
function assertTold(answer: Answer): void {
  const gone = answer.kind === 'refused' && answer.problem.code === 'nothing_to_end'
  if (answer.kind !== 'done' && !gone) throw toFailure(answer)
}
