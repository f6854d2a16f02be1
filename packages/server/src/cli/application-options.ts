import type { ApplicationText } from '../domain/clients/application.ts'
import { applicationOf } from '../domain/machines/change-clients.ts'
import { fail } from '../failures.ts'
import { listOf } from './terminal.ts'

/** The options of `countersign client add` that are about applications. */
export const applicationOptions = [
  ['--without-pkce', 'Accept requests of the application with a nonce in place of PKCE.'],
  ['--redirect-uris <LIST>', 'Where users of the application return after signing in.', listOf],
  ['--public', 'An application that cannot keep a secret: in a browser, on a phone or desktop.'],
  ['--skip-consent', 'Do not ask its users for consent: for an application of your own.'],
  [
    '--id-token-algorithm <NAME>',
    'The algorithm of its ID tokens. Default: the first of keys.algorithms.',
  ],
  ['--dpop <MODE>', 'DPoP proofs of the application: optional, required or nonce.'],
  [
    '--post-logout-redirect-uris <LIST>',
    'Where users of the application return after signing out.',
    listOf,
  ],
  [
    '--backchannel-logout-uri <URL>',
    'Where the application gets a logout token when a user is signed out of it.',
  ],
] as const

/** Returns what the options say of an application; `undefined` for a service account. Fails with `argument_invalid`. */
export function applicationIn(given: {
  readonly grants?: readonly string[] | undefined
  readonly redirectUris?: readonly string[] | undefined
  readonly public?: boolean
  readonly skipConsent?: boolean
  readonly withoutPkce?: boolean
  readonly idTokenAlgorithm?: string | undefined
  readonly dpop?: string | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly backchannelLogoutUri?: string | undefined
}): ApplicationText | undefined {
  const { redirectUris, public: isPublic, skipConsent: skipsConsent, idTokenAlgorithm } = given
  const { postLogoutRedirectUris, backchannelLogoutUri, dpop } = given
  const requiresPkce = !given.withoutPkce
  const options = { idTokenAlgorithm, dpop, postLogoutRedirectUris, backchannelLogoutUri }
  const said = { redirectUris, isPublic, skipsConsent, requiresPkce, ...options }
  const application = applicationOf(given.grants, said)
  if (application) return application
  const isSaid = Object.values(options).some((one) => one !== undefined)
  if (isPublic || skipsConsent || !requiresPkce || isSaid)
    throw fail('argument_invalid', { detail: 'an application needs --redirect-uris or its grant' })
  return undefined
}
