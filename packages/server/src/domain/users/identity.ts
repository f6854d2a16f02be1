import type { Seconds } from '@countersign/token/internal'
import type { User } from './user.ts'

/** An account at an identity provider with which a user signs in. Issuer and subject together are unique. */
export interface Identity {
  readonly id: string
  readonly userId: string
  /** The name of the provider in the settings. */
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  /** The name by which the user knows the account; null if the provider has named nothing. */
  readonly label: string | null
  readonly createdAt: Seconds
  readonly lastUsedAt: Seconds | null
}

/** The table of identities. Lock the user first; to add one, take the lock `identities` as well. */
export interface Identities {
  /** Lists those of a user, the oldest first. */
  list(userId: string): Promise<readonly Identity[]>
  find(issuer: string, subject: string): Promise<Identity | undefined>
  /** Returns false, and writes nothing, if issuer and subject are linked already. */
  add(identity: Identity): Promise<boolean>
  markUsed(id: string, at: Seconds): Promise<void>
  /** Returns false if the user has none with this id. */
  delete(userId: string, id: string): Promise<boolean>
}

/** The table of identities, as part of a store or a transaction. */
export interface IdentityTables {
  readonly identities: Identities
}

/** The maximum number of identities of a user: one for each provider that a person has, and some for work. */
export const maxIdentitiesPerUser = 10

/** The identity providers that users can sign in with. */
export interface FederationPolicy {
  /** Their names in the settings. An identity of another provider signs in no one. */
  readonly providers: readonly string[]
}

/** The methods that a user can sign in with. */
export interface SignInMethods {
  readonly user: Pick<User, 'hasPassword'>
  readonly passkeys: number
  readonly identities: readonly Identity[]
}

/** Returns whether a user can sign in. Pure. */
export function canSignIn(
  { providers }: FederationPolicy,
  { user, passkeys, identities }: SignInMethods,
): boolean {
  return (
    user.hasPassword ||
    passkeys > 0 ||
    identities.some(({ provider }) => providers.includes(provider))
  )
}

/** Judges whether a user may unlink an identity: not the last way in. Pure. */
export function judgeUnlink(
  policy: FederationPolicy,
  methods: SignInMethods,
  id: string,
): 'may_unlink' | 'identity_unknown' | 'last_sign_in_method' {
  const others = methods.identities.filter((one) => one.id !== id)
  if (others.length === methods.identities.length) return 'identity_unknown'
  return canSignIn(policy, { ...methods, identities: others })
    ? 'may_unlink'
    : 'last_sign_in_method'
}
