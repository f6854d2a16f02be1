import type { Clock } from '@countersign/token'
import type { Answer } from './answer.ts'
import { readCredentials, type Credentials } from './credentials.ts'
import { tell } from './events.ts'
import { toExplanation, type GuardExplanation } from './explain.ts'
import type { GuardSettings } from './guard-settings.ts'
import type { Issuers } from './issuers.ts'
import type { Fault, TokenVerdict } from './judge-token.ts'
import type { Need } from './need.ts'
import type { Principal } from './principal.ts'
import { newRefusal, type Refused } from './refusal.ts'
import type { PublishedMetadata } from './resource.ts'

/** What was asked. */
export interface Asked {
  readonly request: Credentials
  readonly need: Need | undefined
}

/** What a guard concludes with. */
export interface ConcludeOptions<C> {
  readonly options: GuardSettings<C>
  readonly issuers: Issuers
  readonly clock: Clock
  readonly metadata: PublishedMetadata | undefined
}

/** From a verdict to an answer. */
export interface Conclude<C> {
  /** The answer, told to the listener; a refusal is kept with its explanation where that is wanted. */
  conclude(
    verdict: TokenVerdict<C> | Promise<TokenVerdict<C>>,
    asked: Asked,
  ): Answer<Principal<C>> | Promise<Answer<Principal<C>>>
  describe(verdict: TokenVerdict<C>, asked: Asked): GuardExplanation
  /** The explanation of a refusal that was kept. */
  find(id: string): GuardExplanation | undefined
}

/** Makes the last step of one guard. */
export function createConclude<C>(parts: ConcludeOptions<C>): Conclude<C> {
  const { issuers, clock, metadata } = parts
  const { cookie, onEvent, realm, missingStatus = 401, onRefusal } = parts.options
  const { explanations = keptByDefault() } = parts.options
  const refusals = { realm, metadataUrl: metadata?.url, missingStatus, onRefusal }
  const kept = new Map<string, GuardExplanation>()

  function describe(verdict: TokenVerdict<C>, { request, need = {} }: Asked): GuardExplanation {
    const presented = readCredentials(request, cookie)
    const token = presented.kind === 'token' ? presented.token : undefined
    return toExplanation({
      request,
      cookie,
      presented,
      need,
      code: verdict.allowed ? undefined : verdict.code,
      cause: verdict.allowed ? undefined : verdict.cause,
      verdict: token === undefined ? undefined : issuers.explain(token),
      lists: issuers.follows ? issuers.lists() : undefined,
      principal: verdict.principal,
      now: clock.now(),
    })
  }

  function refuse(fault: Fault, asked: Asked): Refused {
    const { code, cause } = fault
    const { request, need } = asked
    const refused = newRefusal({ code, id: request.id, need, cause }, refusals)
    const { id, status } = refused
    if (explanations > 0) keep(kept, explanations, id, describe(fault, asked))
    tell(onEvent, { kind: 'refused', id, code, status, cause: cause?.code })
    return refused
  }

  function concludeNow(verdict: TokenVerdict<C>, asked: Asked): Answer<Principal<C>> {
    if (!verdict.allowed) return refuse(verdict, asked)
    if (onEvent) tell(onEvent, { kind: 'allowed', subject: verdict.principal.subject })
    return verdict
  }

  return {
    conclude: (verdict, asked) =>
      verdict instanceof Promise
        ? verdict.then((one) => concludeNow(one, asked))
        : concludeNow(verdict, asked),
    describe,
    find: (id) => kept.get(id),
  }
}

/** Keeps an explanation, and lets the oldest go when there are too many. */
function keep(
  kept: Map<string, GuardExplanation>,
  most: number,
  id: string,
  explanation: GuardExplanation,
): void {
  kept.delete(id) // and now it is the youngest
  kept.set(id, explanation)
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return
    kept.delete(oldest)
  }
}

/** In development somebody looks; in production each explanation would let a caller make us check twice. */
function keptByDefault(): number {
  return process.env['NODE_ENV'] === 'production' ? 0 : 100
}
