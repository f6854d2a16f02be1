import { isCountersignError } from '@countersign/token'
import type { Random } from '../kernel/ports.ts'
import { parseEmail } from '../users/email.ts'
import { parseName } from '../users/user.ts'
import type { ProviderPolicy, UpstreamUser } from './identity-provider.ts'

const maxSuggestedLength = 64 // characters: a longer name is no name

/** Returns the name of a new user, as their provider suggests it, or else the part of their address before the `@`, or `user`. Pure. */
export function suggestedNameOf({ suggestedName, verifiedEmail }: UpstreamUser): string {
  const local = verifiedEmail?.slice(0, verifiedEmail.lastIndexOf('@'))
  const names = [suggestedName, local].map((text) => (text ?? '').trim())
  return names.find((name) => name.length <= maxSuggestedLength && isName(name)) ?? 'user'
}

/** Returns the same name with a suffix that no other user has, for a name that is taken. */
export function otherName(name: string, random: Random): string {
  return `${name}-${random.bytes(5).toString('hex')}` // 40 bits
}

/** Returns the address of a user that their provider has verified, if it has a form that this server accepts. Pure. */
export function acceptableEmailOf({ verifiedEmail }: UpstreamUser): string | null {
  return verifiedEmail !== null && isAccepted(() => parseEmail(verifiedEmail))
    ? verifiedEmail
    : null
}

/** Returns what the user knows the account by: its address, or else its name; null for neither, or for text that could not be read. Pure. */
export function labelOf(user: UpstreamUser): string | null {
  const { suggestedName } = user
  const isReadable = suggestedName !== null && isAccepted(() => parseName(suggestedName))
  return acceptableEmailOf(user) ?? (isReadable ? suggestedName : null)
}

/**
 * Judges whether a provider's user may come in at all: with `emailDomains`, only with a verified address of one of them. The whole domain is compared.
 * Pure.
 */
export function judgeDomain(
  { emailDomains }: Pick<ProviderPolicy, 'emailDomains'>,
  user: UpstreamUser,
): 'admitted' | 'provider_domain_refused' {
  if (emailDomains.length === 0) return 'admitted'
  const email = acceptableEmailOf(user) ?? ''
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase()
  return emailDomains.includes(domain) ? 'admitted' : 'provider_domain_refused'
}

function isName(text: string): boolean {
  return !text.includes('@') && isAccepted(() => parseName(text)) // an address as a name would look verified
}

function isAccepted(parse: () => string): boolean {
  try {
    parse()
    return true
  } catch (error) {
    if (isCountersignError(error)) return false
    throw error
  }
}
