import type { EventListener, GuardExplanation, LegacyTokens } from '@countersign/guard'
import { importSecret, localKeySet } from '@countersign/token'
import {
  findLegacyUser,
  type LegacyTokenPolicy,
} from '../../domain/authentication/find-legacy-user.ts'
import type { Log, Metrics } from '../../domain/kernel/ports.ts'
import type { UserTables } from '../../domain/users/users.ts'

/** The dependencies of the guards of this server for legacy tokens. */
export interface LegacyTokenDeps {
  readonly store: UserTables
  readonly log: Log
  readonly metrics: Pick<Metrics, 'count'>
  readonly policies: { readonly legacyTokens: LegacyTokenPolicy | undefined }
}

/**
 * Returns what the guards of this server have for legacy tokens: nothing without the settings. Each use is counted and logged: when there is none any
 * more, the settings can go. Fails with `secret_weak` and `policy_invalid`.
 */
export function legacyGuardOptions(deps: LegacyTokenDeps): {
  readonly legacyTokens?: LegacyTokens
  readonly onEvent?: EventListener
} {
  const { log, metrics, policies } = deps
  const policy = policies.legacyTokens
  if (!policy) return {}
  const { secret, until, claim, lifetime } = policy
  return {
    legacyTokens: {
      keys: localKeySet([importSecret(secret.reveal(), 'HS256')]),
      until,
      subject: (claims) => claims[claim],
      maxLifetime: lifetime,
      findUser: (subject, claims) => findLegacyUser(deps, policy, subject, claims),
    },
    onEvent(event) {
      if (event.kind !== 'legacy') return
      metrics.count('legacy_tokens_total', {})
      log.info({ user: event.subject, until }, 'a legacy token was used')
    },
  }
}

/** Returns the explanation of a refused token with the settings of this server in place of the options of a guard that it advises to change. Pure. */
export function withSettingNames(
  explanation: GuardExplanation,
  policy: LegacyTokenPolicy | undefined,
): GuardExplanation {
  const failed = explanation.checks.find(({ verdict }) => verdict === 'failed')
  const algorithm = explanation.checks.find(({ name }) => name === 'algorithm')
  const cause = failed?.likelyCause
  if (!policy || cause === undefined || algorithm?.found !== 'HS256') return explanation
  const likelyCause = cause.includes('subject in the policy')
    ? `the token has no text in its claim ${policy.claim}: tokens.legacy_claim must be the claim that names the user`
    : cause.includes('maxLifetime')
      ? 'the former application issued longer-lived tokens: raise tokens.legacy_lifetime if this is intended'
      : cause
  const checks = explanation.checks.map((one) => (one === failed ? { ...one, likelyCause } : one))
  return { ...explanation, likelyCause, checks }
}
