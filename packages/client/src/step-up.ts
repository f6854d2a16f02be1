import { isCountersignError, type CountersignError } from './failures.ts'
import type { Seconds } from './platform.ts'
import type { SecondFactor } from './sign-in.ts'
import type { SessionStore } from './session-store.ts'
import { isNewer, type SignedIn } from './stored-session.ts'

/**
 * The proof for `session.stepUp`: a second factor, or the password of a user who has none.
 *
 * @example
 * ```ts
 * import type { StepUpProof } from '@countersign/client'
 *
 * const proofOf = (text: string): StepUpProof =>
 *   /^\d{6}$/.test(text) ? { code: text } : { recoveryCode: text }
 * console.log(proofOf('492039')) // { code: '492039' }
 * ```
 */
export type StepUpProof = SecondFactor | { readonly password: string }

/**
 * The authentication that an API requires (RFC 9470, section 3), for the option `onStepUp`.
 *
 * @example
 * ```ts
 * import type { StepUpRequest } from '@countersign/client'
 *
 * function titleOf({ acrValues, failure }: StepUpRequest): string {
 *   if (failure) return failure.message // such as that the code was wrong
 *   return acrValues.includes('mfa') ? 'Enter the code of your application' : 'Enter your password'
 * }
 * console.log(titleOf({ acrValues: ['mfa'], maxAge: 300 })) // Enter the code of your application
 * ```
 */
export interface StepUpRequest {
  /** The accepted values of the token's `acr`, the preferred one first; empty if the API names none. */
  readonly acrValues: readonly string[]
  /** The maximum age of the proof in seconds; `undefined` if the API names none. */
  readonly maxAge: Seconds | undefined
  /** The reason why the server refused the proof before this one. */
  readonly failure?: CountersignError
}

/**
 * The type of the option `onStepUp`: asks the user for a proof, and returns `undefined` if the user declines.
 *
 * @example
 * ```ts
 * import { createSession, type OnStepUp } from '@countersign/client'
 *
 * const ask = async (_question: string) => '492039' // shows a dialog in a page
 * const onStepUp: OnStepUp = async ({ failure }) => {
 *   const code = await ask(failure?.message ?? 'The code of your authenticator application')
 *   return code ? { code } : undefined
 * }
 * export const session = createSession({ url: 'https://auth.example.com', mode: 'bearer', onStepUp })
 * ```
 */
export type OnStepUp = (request: StepUpRequest) => Promise<StepUpProof | undefined>

/** A name and a value of a header with challenges (RFC 9110, section 11.6.1). A quoted value is matched whole, so no text in it counts as a name. */
const parameter = /([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g

/** Returns what a refusal requires if it is a challenge to step up (RFC 9470, section 3); otherwise `undefined`. */
export function stepUpRequestOf({ headers }: Response): StepUpRequest | undefined {
  const found = new Map<string, string>()
  for (const [, name = '', quoted, plain] of (headers.get('www-authenticate') ?? '').matchAll(
    parameter,
  ))
    found.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '')
  if (found.get('error') !== 'insufficient_user_authentication') return undefined
  const maxAge = found.get('max_age') ?? ''
  return {
    acrValues: found.get('acr_values')?.split(' ').filter(Boolean) ?? [],
    maxAge: /^\d{1,9}$/.test(maxAge) ? Number(maxAge) : undefined,
  }
}

/** A session that may meet a challenge, if there is one, and whether the user was asked for it. */
export interface ChallengeAnswer {
  readonly session: SignedIn | undefined
  readonly wasAsked: boolean
}

/** Answers a challenge to the token of `rejected`. `mayAsk`: the user may be asked for a proof. */
export type AnswerChallenge = (
  rejected: SignedIn,
  request: StepUpRequest,
  mayAsk: boolean,
) => Promise<ChallengeAnswer>

/** The dependencies of {@link createAnswerChallenge}. */
interface AnswerChallengeOptions {
  readonly store: Pick<SessionStore, 'stored' | 'load'>
  readonly onStepUp: OnStepUp | undefined
  stepUp(proof: StepUpProof): Promise<void>
}

const maxProofs = 5 // a program that cannot produce the right code must not be asked forever

/** The refusals of a proof after which the user may enter another one. */
const wrongProofs: ReadonlySet<string> = new Set([
  'factor_wrong',
  'passkey_wrong',
  'current_password_wrong',
])

/**
 * Creates an {@link AnswerChallenge}. Requests that are challenged at the same time share one question to the user, and there is one question at
 * a time. A session that was stepped up meanwhile, also in another tab, is tried before the user is asked.
 */
export function createAnswerChallenge({
  store,
  onStepUp,
  stepUp,
}: AnswerChallengeOptions): AnswerChallenge {
  let asking: { readonly kind: string; readonly done: Promise<boolean> } | undefined
  const ask = async (request: StepUpRequest, proofs = 1): Promise<boolean> => {
    const proof = await onStepUp?.(request)
    if (!proof) return false
    try {
      await stepUp(proof)
      return true
    } catch (error) {
      if (!isCountersignError(error) || !wrongProofs.has(error.code) || proofs === maxProofs)
        throw error
      return ask({ ...request, failure: error }, proofs + 1)
    }
  }
  const newerThan = ({ stored }: Pick<SessionStore, 'stored'>, rejected: SignedIn) =>
    stored.status === 'signed_in' && isNewer(stored, rejected) ? stored : undefined
  const answerChallenge: AnswerChallenge = async (rejected, request, mayAsk) => {
    await store.load()
    const newer = newerThan(store, rejected)
    if (newer || !mayAsk) return { session: newer, wasAsked: false }
    const kind = JSON.stringify(request)
    if (asking && asking.kind !== kind) {
      await asking.done.catch(() => false)
      return answerChallenge(rejected, request, mayAsk)
    }
    asking ??= { kind, done: ask(request).finally(() => (asking = undefined)) }
    const session = (await asking.done) ? newerThan(store, rejected) : undefined
    return { session, wasAsked: true }
  }
  return answerChallenge
}
