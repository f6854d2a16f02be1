import type { Session } from '@countersign/client'
import { cookieNamesOf } from '@countersign/guard'

/** The grant of programs that cannot open a browser (RFC 8628). */
export const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A signed-in user, by their id. */
interface SignedIn {
  readonly id: string
  readonly session: Session
}

/** An issuer, and the address of one of its servers. */
interface Site {
  readonly issuer: string
  readonly url: string
}

/** Signs a user in to an application by the device grant, which needs no browser that follows redirects. They can disconnect it; their sign-in stays. */
export async function signInToApplication(
  site: Site,
  clientId: string,
  { id, session }: SignedIn,
): Promise<{ readonly token: string; readonly disconnect: () => Promise<void> }> {
  const begun = await post(site, '/oauth/device', { client_id: clientId })
  const answer = { user_code: String(begun['user_code']), user: id, decision: 'allow' }
  await submit(site, session, '/device/answer', answer)
  const granted = await post(site, '/oauth/token', {
    grant_type: deviceGrant,
    client_id: clientId,
    device_code: String(begun['device_code']),
  })
  return {
    token: String(granted['access_token']),
    disconnect: () =>
      submit(site, session, '/account/applications/disconnect', { application: clientId }),
  }
}

async function post({ url }: Site, path: string, form: Readonly<Record<string, string>>) {
  const response = await fetch(url + path, { method: 'POST', body: new URLSearchParams(form) })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`)
  return JSON.parse(text) as Readonly<Record<string, unknown>>
}

/** Submits a form of a page, as the browser of a user does, whose cookie has the access token. */
async function submit(
  { issuer, url }: Site,
  session: Session,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const token = await session.accessToken()
  const names = [false, true].map((production) => cookieNamesOf(issuer, { production }).access)
  const cookie = names.map((name) => `${name}=${token}`).join('; ') // a server reads the one of its mode
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  const body = new URLSearchParams(fields)
  const init = { method: 'POST', headers, body, redirect: 'manual' } as const
  const response = await fetch(url + path, init)
  const text = await response.text()
  const to = response.headers.get('location') ?? ''
  if (response.status !== 303 || to.startsWith('/sign-in'))
    throw new Error(`POST ${path} answered ${response.status} ${to}: ${text}`)
}
