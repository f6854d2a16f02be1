import { parseJsonObject } from '@countersign/token/internal'
import { isSubject, type UpstreamUser } from '../../domain/federation/identity-provider.ts'
import type { OAuthEndpoints } from '../../domain/federation/provider-presets.ts'

/** An answer of a provider that is refused, with the problem in a word. */
export class AnswerRefused extends Error {}

/** Reads the user of an access token from a provider that has no ID token. `request` sends a request with the token. */
export async function readOAuthUser(
  issuer: string,
  { user: endpoint, emails, members }: OAuthEndpoints,
  request: (url: URL) => Promise<Response>,
): Promise<UpstreamUser> {
  const get = async (url: string): Promise<string> => {
    const response = await request(new URL(url))
    if (response.status !== 200) throw new AnswerRefused(`user_status_${response.status}`)
    return response.text()
  }
  const user = parseJsonObject(Buffer.from(await get(endpoint)))
  const subject = subjectOf(user?.[members.subject])
  if (!user || subject === undefined) throw new AnswerRefused('user_malformed')
  const { email: emailMember = '', emailVerified = '' } = members
  const own = user[emailVerified] === true ? textOf(user[emailMember]) : null
  const verifiedEmail = emails === undefined ? own : primaryOf(await get(emails))
  return { issuer, subject, verifiedEmail, suggestedName: textOf(user[members.name]) }
}

/** Returns a subject as text. A number that JavaScript cannot hold exactly could be another user's. */
function subjectOf(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' && isSubject(value) ? value : undefined
}

/** Returns the primary address of a list, if it is verified. */
function primaryOf(text: string): string | null {
  const list = parseJsonObject(Buffer.from(`{"emails":${text}}`))?.['emails']
  if (!Array.isArray(list)) return null
  const primary: unknown = list.find(
    (one: unknown) => isMember(one, 'primary') && isMember(one, 'verified'),
  )
  return typeof primary === 'object' && primary !== null && 'email' in primary
    ? textOf(primary.email)
    : null
}

function isMember(value: unknown, name: string): boolean {
  if (typeof value !== 'object' || value === null) return false
  return new Map<string, unknown>(Object.entries(value)).get(name) === true
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
