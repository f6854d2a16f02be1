import type { Seconds } from '@countersign/token/internal'
import type { EndReason } from '../sessions/session.ts'
import type { InvitationVerdict } from '../registration/invitation.ts'

/** Who did it, where it was done at the command line. */
export const commandLine = 'command line' as const

/** Who brought something about, where it was not the user it happened to: a user's id, or {@link commandLine}. */
interface Done {
  readonly by?: string | undefined
}

/** Every security event, and what is told of it for ever. Nothing here may be secret or name a person but by an id. */
interface EventFacts {
  login: { readonly amr: readonly string[] }
  /**
   * Of a user whom nobody knows, when the event has no user. `count`: it stands for so many from the same place, since the entry before
   * of it; user and personal data are of the last. Without, for one.
   */
  login_refused: { readonly count?: number | undefined }
  /** Two parties held one refresh token; its session has been ended. */
  refresh_reused: Readonly<Record<never, never>>
  logout: Readonly<Record<never, never>>
  session_ended: Done & { readonly reason: EndReason }
  /** A wrong current password, where it was asked for again. */
  password_refused: Readonly<Record<never, never>>
  password_changed: Readonly<Record<never, never>>
  password_set: Done
  /** With the id of the invitation, where there was one. */
  user_registered: Done & { readonly invitation?: string | undefined }
  user_invited: Done & { readonly invitation: string; readonly roles: readonly string[] }
  invitation_withdrawn: Done & { readonly invitation: string }
  /** Somebody had the secret of an invitation that lets nobody in, and this is why. */
  invitation_refused: {
    readonly invitation: string
    readonly reason: Exclude<InvitationVerdict, 'open'>
  }
  user_disabled: Done
  user_enabled: Done
  user_deleted: Done
  email_set: Done
  roles_set: Done & { readonly roles: readonly string[] }
  /** A signing key was published; the one before it signs until `signsFrom`, in seconds since 1970. */
  key_introduced: {
    readonly key: string
    readonly algorithm: string
    readonly signsFrom: Seconds
  }
  /** A key signs earlier than was planned. */
  key_hastened: Done & { readonly key: string; readonly signsFrom: Seconds }
  /** A key was taken out of use before its time, and every token with it that it had signed. */
  key_withdrawn: Done & { readonly key: string }
  keys_resealed: { readonly count: number }
  /** The root secret was lost with the key-encryption key; what stands before this entry cannot be checked any more. */
  root_replaced: Done
  ledger_sealed: Readonly<Record<never, never>>
  /** A server began to serve from this database; development leaves it alone from then on. */
  production_begun: Readonly<Record<never, never>>
  personal_data_erased: Done & { readonly entries: number }
}

/** What kind of event it is. */
export type EventType = keyof EventFacts

/** Every kind of event; the compiler finds the one that is missing. */
export const eventTypes = Object.keys({
  login: 0,
  login_refused: 0,
  refresh_reused: 0,
  logout: 0,
  session_ended: 0,
  password_refused: 0,
  password_changed: 0,
  password_set: 0,
  user_registered: 0,
  user_invited: 0,
  invitation_withdrawn: 0,
  invitation_refused: 0,
  user_disabled: 0,
  user_enabled: 0,
  user_deleted: 0,
  email_set: 0,
  roles_set: 0,
  key_introduced: 0,
  key_hastened: 0,
  key_withdrawn: 0,
  keys_resealed: 0,
  root_replaced: 0,
  ledger_sealed: 0,
  production_begun: 0,
  personal_data_erased: 0,
} satisfies Readonly<Record<EventType, 0>>)

/** What names a person. It stands outside the chain, so that it can be erased. */
export interface PersonalData {
  readonly address?: string | undefined
  readonly userAgent?: string | undefined
  /** Of a name that no user has, a keyed hash: people type passwords where names belong. */
  readonly unknownName?: string | undefined
}

/** Something that happened and that an operator may have to account for. */
export type SecurityEvent = {
  readonly [Type in EventType]: {
    readonly type: Type
    /** Whom it happened to. */
    readonly user?: string | undefined
    readonly session?: string | undefined
    readonly facts: EventFacts[Type]
    readonly personal?: PersonalData | undefined
  }
}[EventType]
