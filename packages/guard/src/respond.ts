import { systemClock } from '@countersign/token'
import type { RouteRequirements } from './authorize.ts'
import type { Allowed, Decision, Denied } from './decision.ts'
import { emit, type GuardEvent } from './events.ts'
import { toExplanation, type GuardExplanation } from './explain.ts'
import { parseToken, type RequestView } from './extract-token.ts'
import type { Issuers } from './issuers/issuers.ts'
import { keepNewest } from './keep-newest.ts'
import type { GuardSettings } from './options.ts'
import type { Principal } from './principal.ts'
import { newRefusal, type ChallengeScheme, type Refusal } from './refusal.ts'
import { describeRefusal, missingOf, toRefusedEvent } from './refused-event.ts'
import type { PublishedMetadata } from './resource-metadata.ts'

// Step 5: turns the decision into the answer, and reports it.

/** The answer of a guard to a request. */
export type Answer<P extends Principal<unknown> | undefined> = Allowed<P> | Refusal

/** The parts that a response is made from. */
export interface RespondParts<C> {
  readonly options: GuardSettings<C>
  readonly issuers: Issuers
  readonly metadata: PublishedMetadata | undefined
  /** Returns the nonce of proofs, if one is required. */
  nonce(): string | undefined
}

/** The last step of a guard, and its explanations. */
export interface Respond<C> {
  /** Returns the answer and emits its event; a refusal is kept with its explanation where that is configured. */
  respond(
    decision: Decision<C> | Promise<Decision<C>>,
    request: RequestView,
    requirements: RouteRequirements | undefined,
  ): Answer<Principal<C>> | Promise<Answer<Principal<C>>>
  describe(
    decision: Decision<C>,
    request: RequestView,
    requirements: RouteRequirements | undefined,
  ): GuardExplanation
  /** Returns the kept explanation of a refusal. */
  findExplanation(id: string): GuardExplanation | undefined
}

/** Creates the last step of one guard. */
export function createRespond<C>(parts: RespondParts<C>): Respond<C> {
  const { metadata } = parts
  const { onEvent, realm, missingStatus = 401, onRefusal } = parts.options
  const onRefused = onEvent ?? (isProduction() ? undefined : printRefusal)
  const { maxExplanations = defaultMaxExplanations() } = parts.options
  const refusalOptions = { realm, metadataUrl: metadata?.url, missingStatus, onRefusal }
  const explanations = new Map<string, GuardExplanation>()
  const printed = new Set<unknown>()

  function refuse(denied: Denied, request: RequestView, requirements?: RouteRequirements): Refusal {
    const { code, cause } = denied
    const reason = { code, id: request.id, requirements, cause, scheme: schemeOf(denied, request) }
    const refusal = newRefusal({ ...reason, nonce: parts.nonce() }, refusalOptions)
    const explain = () => describe(parts, denied, request, requirements)
    printMismatch(cause, printed)
    if (maxExplanations > 0) keepNewest(explanations, maxExplanations, refusal.id, explain())
    const missing = missingOf(code, denied.principal, requirements)
    emit(onRefused, toRefusedEvent({ refusal, missing, explain }))
    return refusal
  }

  function respondNow(
    decision: Decision<C>,
    request: RequestView,
    requirements: RouteRequirements | undefined,
  ): Answer<Principal<C>> {
    if (!decision.allowed) return refuse(decision, request, requirements)
    if (onEvent) emit(onEvent, { kind: 'allowed', subject: decision.principal.subject })
    return decision
  }

  // on its own, so that no closure is created for a decision that is made at once
  const respondLater = (
    decision: Promise<Decision<C>>,
    request: RequestView,
    requirements: RouteRequirements | undefined,
  ) => decision.then((one) => respondNow(one, request, requirements))

  return {
    respond: (decision, request, requirements) =>
      decision instanceof Promise
        ? respondLater(decision, request, requirements)
        : respondNow(decision, request, requirements),
    describe: (decision, request, requirements) => describe(parts, decision, request, requirements),
    findExplanation: (id) => explanations.get(id),
  }
}

/** Prints once that an issuer names itself otherwise, also in production, or the operator would look for the fault in the tokens. */
function printMismatch(cause: Denied['cause'], printed: Set<unknown>): void {
  if (cause?.code !== 'issuer_mismatch' || printed.has(cause.facts['expected'])) return
  printed.add(cause.facts['expected'])
  console.error(cause.message)
}

/** Returns the schemes of the challenge: that of the request, and `DPoP` too for a token that came without its proof. */
function schemeOf({ cause }: Denied, request: RequestView): ChallengeScheme {
  if (/^dpop(?: |$)/i.test(request.header('authorization') ?? '')) return 'DPoP'
  const members = cause?.code === 'token_bound' ? cause.facts['members'] : undefined
  return Array.isArray(members) && members.includes('jkt') ? 'both' : 'Bearer'
}

/** Explains a decision. Verifies the token once more, check by check. */
function describe<C>(
  { issuers, options: { cookie, clock = systemClock } }: RespondParts<C>,
  decision: Decision<C>,
  request: RequestView,
  requirements: RouteRequirements = {},
): GuardExplanation {
  const extracted = parseToken(request, cookie)
  return toExplanation({
    request,
    cookie,
    extracted,
    requirements,
    code: decision.allowed ? undefined : decision.code,
    cause: decision.allowed ? undefined : decision.cause,
    token: extracted.kind === 'token' ? issuers.explain(extracted.token) : undefined,
    lists: issuers.checksRevocation ? issuers.lists() : undefined,
    principal: decision.principal,
    now: clock.now(),
  })
}

/** In production each explanation would let a caller make the guard verify twice. */
function defaultMaxExplanations(): number {
  return isProduction() ? 0 : 100
}

function isProduction(): boolean {
  return process.env['NODE_ENV'] === 'production'
}

function printRefusal(event: GuardEvent): void {
  if (event.kind === 'refused') console.warn(describeRefusal(event))
}
