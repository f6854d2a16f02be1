import type { Application, ApplicationChange, ApplicationText } from './application.ts'
import type { Client } from './client.ts'
import type { StoredSecret } from './clients.ts'

// Clients as the admin API and the commands write and read them.

/** Returns a client in JSON. */
export function clientToJson({ createdAt, application, ...others }: Client) {
  return {
    ...others,
    application: application && applicationToJson(application),
    created_at: createdAt,
  }
}

/** Returns a secret in JSON, without the secret itself. */
export function secretToJson({ secret: { id, createdAt, expiresAt, lastUsedAt } }: StoredSecret) {
  return { id, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt }
}

/** Returns the part of an application in JSON. */
function applicationToJson(application: Application) {
  return {
    redirect_uris: application.redirectUris,
    public: application.isPublic,
    skip_consent: application.skipsConsent,
    require_pkce: application.requiresPkce,
    id_token_algorithm: application.idTokenAlgorithm,
    dpop: application.dpop,
    post_logout_redirect_uris: application.postLogoutRedirectUris,
    backchannel_logout_uri: application.backchannelLogoutUri,
  } as const satisfies ApplicationJson
}

/** The JSON of an application: of a new one, or of a change. */
export interface ApplicationJson {
  readonly redirect_uris?: readonly string[] | undefined
  readonly public?: boolean | undefined
  readonly skip_consent?: boolean | undefined
  readonly require_pkce?: boolean | undefined
  readonly id_token_algorithm?: string | null | undefined
  readonly dpop?: string | undefined
  readonly post_logout_redirect_uris?: readonly string[] | undefined
  readonly backchannel_logout_uri?: string | null | undefined
}

/** Returns what JSON says of an application, with `undefined` for what it leaves out. */
export function applicationFromJson(json: ApplicationJson) {
  return {
    redirectUris: json.redirect_uris,
    isPublic: json.public,
    skipsConsent: json.skip_consent,
    requiresPkce: json.require_pkce,
    idTokenAlgorithm: json.id_token_algorithm,
    dpop: json.dpop,
    postLogoutRedirectUris: json.post_logout_redirect_uris,
    backchannelLogoutUri: json.backchannel_logout_uri,
  } as const satisfies ApplicationChange & Pick<ApplicationText, 'isPublic'>
}
