import { assertOptions, policyNames, type NamesOf } from '@countersign/token/internal'
import type { OwnVerifier, TrustedIssuer } from './believed-issuer.ts'
import type { CookieOptions } from './credentials.ts'
import { fail } from './failures.ts'
import type { GuardSettings } from './guard-settings.ts'
import type { GuardOptions } from './guard.ts'

// Which names the options of a guard have: a slip such as `revokation` would leave a check off that somebody believes in. All of it is looked
// at when a guard is made, and nothing when a request comes.

const settingNames = {
  claims: true,
  cookie: true,
  missingStatus: true,
  realm: true,
  resource: true,
  revocation: true,
  onRefusal: true,
  onEvent: true,
  explanations: true,
  clock: true,
  timer: true,
  fetch: true,
} as const satisfies NamesOf<GuardSettings<unknown>>
const issuerNames = { ...policyNames, revocation: true } satisfies NamesOf<TrustedIssuer>
const ownNames = { issuer: true, verifier: true, revocation: true } satisfies NamesOf<OwnVerifier>
const cookieNames = { name: true, origins: true } satisfies NamesOf<CookieOptions>

const ofVerifier = { ...settingNames, verifier: true } as const
const ofIssuers = { ...settingNames, issuers: true } as const
const ofAny = { ...settingNames, ...issuerNames, verifier: true, issuers: true } as const

/** Makes the failure of a guard that cannot be made. */
export const invalid = (detail: string) => fail('guard_invalid', { detail })

/** Refuses names that nobody reads, there or at all, and settings that cannot be meant. Fails with `guard_invalid`. */
export function assertGuardOptions(options: GuardOptions<unknown>): void {
  assertOptions(options, ofAny, invalid)
  if ('verifier' in options)
    assertOptions(options, ofVerifier, (_, name) =>
      invalid(`${name} is for the verifier to know, which was made without it`),
    )
  else if ('issuers' in options)
    assertOptions(options, ofIssuers, (_, name) => invalid(`${name} stands with each issuer`))
  assertSettings(options)
}

/** Refuses names that nobody reads in one of several issuers. Fails with `guard_invalid`. */
export function assertIssuer(one: TrustedIssuer | OwnVerifier): void {
  assertOptions(one, 'verifier' in one ? ownNames : issuerNames, (detail) =>
    invalid(`one of its issuers: ${detail}`),
  )
}

function assertSettings({
  missingStatus = 401,
  cookie,
}: Pick<GuardSettings<unknown>, 'missingStatus' | 'cookie'>): void {
  if (missingStatus !== 401 && missingStatus !== 403)
    throw invalid('missingStatus must be 401 or 403')
  if (cookie === undefined) return
  assertOptions(cookie, cookieNames, (detail) => invalid(`its cookie: ${detail}`))
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(cookie.name))
    // RFC 6265, section 4.1.1
    throw invalid('its cookie needs a name')
  for (const origin of cookie.origins ?? []) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw invalid('origins are written as https://app.example.com')
  }
}
