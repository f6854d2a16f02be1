import type { ClientInfo } from '../kernel/client-info.ts'
import type { Seconds } from '@countersign/token/internal'

/** The actor of what was done at the command line. */
export const commandLine = 'command line' as const

/** The actor, if it was not the user it happened to: a user's id, or {@link commandLine}. */
interface Done {
  readonly by?: string | undefined
}

/** The number of events that an entry stands for, since the entry before it; without, it stands for one. */
interface Counted {
  readonly count?: number | undefined
}

type ClientScopes = { readonly client: string; readonly scopes: readonly string[] }

/** The reason why a session ended before it expired. */
export type EndReason =
  | 'logout'
  | 'ended_by_user'
  | 'ended_by_administrator'
  /** An API token was presented to be revoked. */
  | 'revoked_by_holder'
  /** Its browser signed in again. */
  | 'replaced'
  | 'hook_failed' // the application around this server failed at the sign-in
  | 'sign_in_refused' // it has refused the sign-in
  /** Its user had too many sessions, and this one was unused for longest. */
  | 'too_many'
  | 'refresh_token_reused'
  /** The code of an application was presented twice. */
  | 'code_reused'
  | 'password_changed'
  /** A second factor was added in another session, or all were reset. */
  | 'factors_changed'
  /** An account at an identity provider was unlinked in another session. */
  | 'identity_unlinked'
  | 'user_disabled'
  | 'client_removed'
  /** An API token was for a resource that was removed. */
  | 'resource_removed'
  | 'user_deleted'

/** The reason why an invitation was refused. */
export type InvitationRefusal =
  | 'used'
  | 'expired'
  | 'inviter_gone'
  | 'inviter_disabled'
  | 'inviter_powerless'

/** Every security event with the facts that are recorded of it, permanently. No fact may be secret, or identify a person except by a user's id. */
interface EventFacts {
  login: { readonly amr: readonly string[] }
  /** The event has no user if no user has that name. Counted by network; user and personal data are those of the last. */
  login_refused: Counted
  /** Two parties held one refresh token; its session has been ended. */
  refresh_reused: Readonly<Record<never, never>>
  /**
   * A refresh token was presented again within the grace, from another network than before. A client that moves between networks does so, and
   * a thief does.
   */
  refresh_repeated: Counted
  logout: Readonly<Record<never, never>>
  session_ended: Done & { readonly reason: EndReason }
  /** A wrong current password, where a signed-in user was asked for it again. */
  password_refused: Readonly<Record<never, never>>
  password_changed: Readonly<Record<never, never>>
  password_set: Done
  /** The user set a new password with a code or a link from a mail, or with a link that an administrator made. */
  password_reset: Readonly<Record<never, never>>
  /** An administrator made a link with which the user can set a new password. */
  reset_link_made: Done
  /** A wrong code was entered that would have had to come from a mail. */
  code_refused: Counted & { readonly purpose: string }
  /** The user added a second factor. */
  factor_added: { readonly factor: string }
  factor_removed: { readonly factor: string }
  /** A wrong code of a second factor, or a refused passkey with the problem. */
  factor_refused: Counted & { readonly factor: string; readonly problem?: string | undefined }
  passkey_renamed: Readonly<Record<never, never>>
  recovery_codes_made: Readonly<Record<never, never>>
  recovery_code_used: Readonly<Record<never, never>>
  /** All second factors of a user were removed. */
  factors_reset: Done
  /** The user linked an account at an identity provider, with which they sign in from now on. */
  identity_linked: { readonly provider: string }
  identity_unlinked: { readonly provider: string }
  /** The user of a session proved again who they are, by these methods (RFC 8176). */
  stepped_up: { readonly amr: readonly string[] }
  /** With the id of the invitation, if there was one. */
  user_registered: Done & { readonly invitation?: string | undefined }
  /** With the system that the user came from. */
  user_imported: Done & { readonly from: string; readonly roles: readonly string[] }
  user_invited: Done & { readonly invitation: string; readonly roles: readonly string[] }
  invitation_revoked: Done & { readonly invitation: string }
  /** The secret of an existing invitation was presented that does not admit any more. */
  invitation_refused: Counted & { readonly invitation: string; readonly reason: InvitationRefusal }
  user_disabled: Done
  user_enabled: Done
  user_deleted: Done
  email_set: Done
  /** The user proved that they control their address. */
  email_verified: Readonly<Record<never, never>>
  roles_set: Done & { readonly roles: readonly string[] }
  /** A resource was added, or changed to this. */
  resource_set: Done & {
    readonly resource: string
    readonly audience: string
    readonly scopes: readonly string[]
    /** True if applications that are not registered may ask for it. */
    readonly open?: boolean | undefined
  }
  resource_removed: Done & { readonly resource: string; readonly audience: string }
  /** A service account or an application was added. */
  client_added: Done & ClientScopes
  /** The scopes or the resources of a client were changed to these. */
  client_access_set: Done & ClientScopes & { readonly resources: readonly string[] }
  /** An application was changed to this. */
  client_application_set: Done & {
    readonly client: string
    readonly redirectUris: readonly string[]
    readonly skipsConsent: boolean
    readonly requiresPkce: boolean
    readonly idTokenAlgorithm: string | null
    readonly dpop: string
    readonly postLogoutRedirectUris: readonly string[]
    readonly backchannelLogoutUri: string | null
  }
  client_removed: Done & { readonly client: string }
  /** All users were signed out of an application; an event for each of its grants follows. */
  client_users_signed_out: Done & { readonly client: string }
  client_secret_rotated: Done & { readonly client: string }
  /** A secret that another one had replaced was ended before its overlap was over. */
  client_secret_ended: Done & { readonly client: string }
  /** Wrong credentials of a client, counted by network. */
  client_refused: Counted
  /** The access tokens of a client were revoked; it gets new ones. */
  client_tokens_revoked: Done & { readonly client: string }
  /** An API token was made, for a user. */
  api_token_made: Done & { readonly scopes: readonly string[]; readonly resource: string }
  /** An application got tokens for a user, who had agreed. */
  grant_made: ClientScopes & { readonly resource: string }
  /** A signing key was published; the one before it of its algorithm signs until `signsFrom`, in seconds since 1970. */
  key_introduced: { readonly key: string; readonly algorithm: string; readonly signsFrom: Seconds }
  /** A key signs earlier than was planned. */
  key_activation_advanced: Done & { readonly key: string; readonly signsFrom: Seconds }
  /** The last key of an algorithm that is not needed any more signs until `signsUntil`, and no other follows it. */
  key_chain_ended: {
    readonly key: string
    readonly algorithm: string
    readonly signsUntil: Seconds
  }
  /** A key was taken out of use before its time, and with it every token that it had signed. */
  key_revoked: Done & { readonly key: string }
  /** A row of the key ring was not written by this server, or was put back after its revocation: it was deleted, and trusted at no time. */
  key_rejected: { readonly key: string }
  keys_reencrypted: { readonly count: number }
  /** The root secret was lost with the key-encryption key; entries before this one, and up to these of other strands, cannot be verified any more. */
  root_replaced: Done & { readonly strands?: readonly (readonly [number, number, string])[] }
  checkpoint_signed: Readonly<Record<never, never>>
  /** A server began to serve from this database in production; development refuses to use it from then on. */
  production_begun: Readonly<Record<never, never>>
  database_moved: { readonly from: string; readonly to: string } // the first event in the new one
  personal_data_erased: Done & { readonly entries: number }
}

/** The name of a kind of event. */
export type EventType = keyof EventFacts

/** Data that identifies a person. It is kept outside the chain, so that it can be erased. */
export interface PersonalData {
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
  /** A keyed hash of a name that no user has: people type passwords into the name field. */
  readonly unknownName?: string | undefined
}

/** Returns the personal data of a client. */
export function personalOf({ address, userAgent }: ClientInfo): PersonalData {
  return { address, userAgent }
}

/** A security event that an operator may have to account for. */
export type SecurityEvent = {
  readonly [Type in EventType]: {
    readonly type: Type
    /** The user it happened to. */
    readonly user?: string | undefined
    readonly session?: string | undefined
    readonly facts: EventFacts[Type]
    readonly personal?: PersonalData | undefined
  }
}[EventType]
