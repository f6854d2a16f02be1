import type { PostLogoutToken } from '../../domain/grants/send-logout-notices.ts'

const timeoutMs = 5_000 // a receiver has only to note that a session has ended

/**
 * Posts a logout token (OpenID Connect Back-Channel Logout, section 2.5). Follows no redirect, and reads no answer but its status: the address is
 * an administrator's choice, and nothing that it sends has an effect here.
 */
export const postLogoutToken: PostLogoutToken = async (uri, token) => {
  try {
    const response = await fetch(uri, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: token }),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
    await response.body?.cancel()
    return response.ok ? undefined : `status ${response.status}`
  } catch (error) {
    return nameOf(error)
  }
}

/** Names a failed request without what the receiver sent: by the code of its cause, such as `ECONNREFUSED`. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed'
  const { cause } = error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : error.name
}
