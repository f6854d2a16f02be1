import type { ApplicationChange, ApplicationText } from '../domain/clients/application.ts'
import { applicationOf } from '../domain/machines/change-clients.ts'
import { fail } from '../failures.ts'
import { listOf } from './terminal.ts'

/** Accepts `none` for an empty list. */
const urisOf = (text: string) => (text === 'none' ? [] : listOf(text))

/** The options that `countersign client add` and `client set-application` share. */
const sharedOptions = [
  [
    '--id-token-algorithm <NAME>',
    'The algorithm of its ID tokens; default for the first of keys.algorithms.',
  ],
  ['--dpop <MODE>', 'DPoP proofs of the application: optional, required or nonce.'],
  [
    '--post-logout-redirect-uris <LIST>',
    'Where users of the application return after signing out; or none.',
    urisOf,
  ],
  [
    '--backchannel-logout-uri <URL>',
    'Where the application gets a logout token when a user is signed out of it; or none.',
  ],
] as const

/** The options of `countersign client add` that are about applications. */
export const applicationOptions = [
  ['--without-pkce', 'Accept requests of the application with a nonce in place of PKCE.'],
  ['--redirect-uris <LIST>', 'Where users of the application return after signing in.', listOf],
  ['--public', 'An application that cannot keep a secret: in a browser, on a phone or desktop.'],
  ['--skip-consent', 'Do not ask its users for consent: for an application of your own.'],
  ...sharedOptions,
] as const

/** The options of `countersign client set-application`. */
export const applicationChangeOptions = [
  ['--redirect-uris <LIST>', 'All of its redirect URIs, separated by commas; or none.', urisOf],
  ['--consent <ask|skip>', 'Ask its users for consent, or skip that.', oneOf('ask', 'skip')],
  [
    '--pkce <required|optional>',
    'Require PKCE, or accept a nonce in its place.',
    oneOf('required', 'optional'),
  ],
  ...sharedOptions,
] as const

function oneOf<const Value extends string>(...values: readonly Value[]) {
  return (text: string): Value => {
    const found = values.find((one) => one === text)
    if (found !== undefined) return found
    throw fail('argument_invalid', { detail: `the value must be ${values.join(' or ')}` })
  }
}

interface SharedOptions {
  readonly redirectUris?: readonly string[] | undefined
  readonly idTokenAlgorithm?: string | undefined
  readonly dpop?: string | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly backchannelLogoutUri?: string | undefined
}

function sharedIn({ idTokenAlgorithm, dpop, postLogoutRedirectUris, ...given }: SharedOptions) {
  const { redirectUris, backchannelLogoutUri: uri } = given
  return {
    redirectUris,
    idTokenAlgorithm: idTokenAlgorithm === 'default' ? null : idTokenAlgorithm,
    dpop,
    postLogoutRedirectUris,
    backchannelLogoutUri: uri === 'none' ? null : uri,
  }
}

/** Returns what the options of `client set-application` say. */
export function applicationChangeIn({
  consent,
  pkce,
  ...given
}: SharedOptions & {
  readonly consent?: 'ask' | 'skip' | undefined
  readonly pkce?: 'required' | 'optional' | undefined
}): ApplicationChange {
  return {
    ...sharedIn(given),
    skipsConsent: consent && consent === 'skip',
    requiresPkce: pkce && pkce === 'required',
  }
}

/** Returns what the options of `client add` say of an application; `undefined` for a service account. Fails with `argument_invalid`. */
export function applicationIn(
  given: SharedOptions & {
    readonly grants?: readonly string[] | undefined
    readonly public?: boolean
    readonly skipConsent?: boolean
    readonly withoutPkce?: boolean
  },
): ApplicationText | undefined {
  const { public: isPublic, skipConsent: skipsConsent } = given
  const { redirectUris, ...options } = sharedIn(given)
  const requiresPkce = !given.withoutPkce
  const said = { redirectUris, isPublic, skipsConsent, requiresPkce, ...options }
  const application = applicationOf(given.grants, said)
  if (application) return application
  const isSaid = Object.values(options).some((one) => one !== undefined)
  if (isPublic || skipsConsent || !requiresPkce || isSaid)
    throw fail('argument_invalid', { detail: 'an application needs --redirect-uris or its grant' })
  return undefined
}
