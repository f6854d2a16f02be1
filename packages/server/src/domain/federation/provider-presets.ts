// Presets: what is known of the providers that most people sign in with. Data, each with its source; the settings add the client of this server.

/** The endpoints of a provider that speaks OAuth 2.0 without OpenID Connect, and where its answers name the user. */
export interface OAuthEndpoints {
  /** The value of `iss` in its answers (RFC 9207), if it sends one. */
  readonly issuer: string
  readonly authorization: string
  readonly token: string
  /** Answers with the user of an access token. */
  readonly user: string
  /** Answers with the addresses of the user, each with `email`, `primary` and `verified`; undefined if `user` has the address. */
  readonly emails?: string
  /** The members of the answer of `user`. The subject must never be given to another person: no name, no address. */
  readonly members: {
    readonly subject: string
    readonly name: string
    readonly email?: string
    readonly emailVerified?: string
  }
}

/** A provider that the server knows: the settings name it and the client, and need no more. */
export interface ProviderPreset {
  /** The name that people know it by. */
  readonly title: string
  /** Its issuer; undefined if the settings must name it. */
  readonly issuer: string | undefined
  /** True if the settings may name another issuer, such as one that an organization runs. */
  readonly otherIssuers: boolean
  readonly scopes: readonly string[]
  /** Returns its endpoints if it has no OpenID Connect. */
  readonly endpoints?: (issuer: string) => OAuthEndpoints
  /**
   * True if it says whether an address is verified. Microsoft Entra ID does not: its `email` is a text that an administrator of any tenant has typed.
   */
  readonly verifiesEmails: boolean
  /** The documentation of these facts. */
  readonly source: string
}

const openIdScopes = ['openid', 'email', 'profile'] as const

/** Every preset, by the name that the setting `preset` has for it. */
export const providerPresets = {
  oidc: {
    title: '',
    issuer: undefined,
    otherIssuers: true,
    scopes: openIdScopes,
    verifiesEmails: true,
    source: 'https://openid.net/specs/openid-connect-discovery-1_0.html',
  },
  google: {
    title: 'Google',
    issuer: 'https://accounts.google.com',
    otherIssuers: false,
    scopes: openIdScopes,
    verifiesEmails: true,
    source: 'https://developers.google.com/identity/openid-connect/openid-connect',
  },
  microsoft: {
    title: 'Microsoft',
    issuer: undefined, // https://login.microsoftonline.com/TENANT/v2.0: with `common` every tenant of the world could sign in
    otherIssuers: true,
    scopes: openIdScopes,
    verifiesEmails: false,
    source: 'https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc',
  },
  github: {
    title: 'GitHub',
    issuer: 'https://github.com',
    otherIssuers: true,
    scopes: ['read:user', 'user:email'],
    verifiesEmails: true,
    endpoints(issuer) {
      const api = issuer === 'https://github.com' ? 'https://api.github.com' : `${issuer}/api/v3` // GitHub Enterprise Server
      return {
        issuer: `${issuer}/login/oauth`, // its answers name it since April 2026
        authorization: `${issuer}/login/oauth/authorize`,
        token: `${issuer}/login/oauth/access_token`,
        user: `${api}/user`,
        emails: `${api}/user/emails`,
        members: { subject: 'id', name: 'login' },
      }
    },
    source: 'https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps',
  },
  gitlab: {
    title: 'GitLab',
    issuer: 'https://gitlab.com',
    otherIssuers: true,
    scopes: openIdScopes,
    verifiesEmails: true,
    source: 'https://docs.gitlab.com/integration/openid_connect_provider/',
  },
  discord: {
    title: 'Discord',
    issuer: 'https://discord.com',
    otherIssuers: false,
    scopes: ['identify', 'email'],
    verifiesEmails: true,
    endpoints: (issuer) => ({
      issuer,
      authorization: `${issuer}/oauth2/authorize`,
      token: `${issuer}/api/oauth2/token`,
      user: `${issuer}/api/users/@me`,
      members: {
        subject: 'id',
        name: 'username',
        email: 'email',
        emailVerified: 'verified',
      },
    }),
    source: 'https://discord.com/developers/docs/topics/oauth2',
  },
  slack: {
    title: 'Slack',
    issuer: 'https://slack.com',
    otherIssuers: false,
    scopes: openIdScopes,
    verifiesEmails: true,
    source: 'https://docs.slack.dev/authentication/sign-in-with-slack/',
  },
} as const satisfies Readonly<Record<string, ProviderPreset>>

/** The name of a preset. */
export type PresetName = keyof typeof providerPresets
