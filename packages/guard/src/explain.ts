import type { CountersignError, Explanation } from '@countersign/token'
import { toPrintableText, type Check, type Seconds } from '@countersign/token/internal'
import { findUnmet, type RouteRequirements, type UnmetRequirement } from './authorize.ts'
import { findUnreadClaim } from './claim-mapping.ts'
import { bindingChecks } from './explain-dpop.ts'
import type { CookieOptions, ExtractedToken, RequestView } from './extract-token.ts'
import type { RefusalCode } from './failures.ts'
import { mappingOf, type Principal } from './principal.ts'
import type { StatusListHealth } from './revocation/status-lists.ts'

/** The reasons for a decision of a guard, check by check. For operators: it says more than a caller may know. Never holds a token. */
export interface GuardExplanation {
  readonly allowed: boolean
  /** The code that the caller receives; `undefined` when the request is allowed. */
  readonly code: RefusalCode | undefined
  /** The exact failure, such as `audience_wrong`. */
  readonly cause: string | undefined
  /** The usual mistake behind it, if one fits. */
  readonly likelyCause: string | undefined
  /** In the order in which they are made. */
  readonly checks: readonly Check[]
}

/** Everything that explains a decision. */
export interface ExplainedDecision {
  readonly request: RequestView
  readonly cookie: CookieOptions | undefined
  readonly extracted: ExtractedToken
  readonly requirements: RouteRequirements
  readonly code: RefusalCode | undefined
  readonly cause: CountersignError | undefined
  /** The verifier's own explanation; `undefined` when the request held no token. */
  readonly token: Explanation | undefined
  /** The state of the status lists; `undefined` if the guard does not check for revocation. */
  readonly lists: readonly StatusListHealth[] | undefined
  /** The caller, when the token is good. */
  readonly principal: Principal<unknown> | undefined
  readonly now: Seconds
}

/** Explains a decision. Pure. */
export function toExplanation(decision: ExplainedDecision): GuardExplanation {
  const { code, cause, token } = decision
  const checks = [
    credentialsCheck(decision),
    ...(token?.checks ?? []),
    ...bindingChecks({
      cause,
      isDpop: decision.extracted.kind === 'token' && decision.extracted.scheme === 'DPoP',
      isAllowed: decision.principal !== undefined,
    }),
    ...schemaChecks(decision),
    ...statusChecks(decision),
    ...requirementChecks(decision),
  ]
  return {
    allowed: code === undefined,
    code,
    cause: cause?.code ?? token?.code ?? code,
    likelyCause: checks.find(({ verdict }) => verdict === 'failed')?.likelyCause,
    checks,
  }
}

function credentialsCheck({ request, extracted, cookie, code }: ExplainedDecision): Check {
  const orCookie = cookie ? ` or a cookie ${cookie.name}` : ''
  const found = {
    token: 'a token',
    missing: 'none',
    malformed: 'something else, or more than one',
    'cross-site': 'a cookie, sent by another site',
  }[extracted.kind]
  const check = {
    name: 'credentials',
    expected: `Authorization: Bearer and a token${orCookie}`,
    found,
  }
  if (extracted.kind === 'token' || code === undefined) return { ...check, verdict: 'passed' }
  const likelyCause = credentialsCause(request, extracted, cookie)
  return { ...check, verdict: 'failed', ...(likelyCause === undefined ? {} : { likelyCause }) }
}

// The start of a token: {" in base64url. Searched only at the start of a word, or `eyJeyJeyJ…` would take quadratic time.
const jwtShape = /(?<![\w-])eyJ[\w-]*\.[\w-]*\.[\w-]*/

/** Finds where else the token may have been sent. */
function credentialsCause(
  request: RequestView,
  extracted: ExtractedToken,
  cookie: CookieOptions | undefined,
): string | undefined {
  const header = request.header('authorization')?.trim() ?? ''
  if (extracted.kind === 'cross-site')
    return 'another site sent the request, or the page has an origin that the guard does not list: see origins of its cookie'
  if (header.includes(',')) return 'two Authorization headers were sent, or a proxy added its own'
  if (extracted.kind === 'malformed' && /^bearer( +\[object Object\])?$/i.test(header))
    return 'the client sent a variable that held no token'
  if (/^bearer +bearer /i.test(header)) return 'the word Bearer was sent twice'
  if (extracted.kind === 'malformed')
    return header === ''
      ? 'two cookies have the name: a neighbouring site or an older path set one of them'
      : 'a blank or a line break, often from a file or a copy'
  if (jwtShape.test(header) || header.startsWith('csk_'))
    return /^\S+$/.test(header)
      ? 'the token was sent without the word Bearer before it'
      : 'the token was sent under another scheme than Bearer'
  if (/^basic /i.test(header)) return 'a user name and a password were sent instead of a token'
  if (jwtShape.test(request.url)) return 'the token was sent in the query, where it ends in logs'
  return otherPlaceCause(request, cookie)
}

const otherHeaders = [
  'x-access-token',
  'x-auth-token',
  'x-authorization',
  'token',
  'authentication',
]

function otherPlaceCause(
  request: RequestView,
  cookie: CookieOptions | undefined,
): string | undefined {
  const other = otherHeaders.find((name) => jwtShape.test(request.header(name) ?? ''))
  if (other !== undefined) return `the token was sent in the header ${other}`
  if (jwtShape.test(request.header('cookie') ?? ''))
    return cookie
      ? 'the token was sent in a cookie of another name'
      : 'the token was sent in a cookie, and this guard reads none: see cookie'
  return 'the client sent nothing, or a proxy removed the header'
}

function schemaChecks({ cause }: ExplainedDecision): readonly Check[] {
  if (cause?.code !== 'claims_invalid') return []
  return [
    {
      name: 'schema of claims',
      verdict: 'failed',
      expected: 'claims that match the schema of the application',
      found: `another form of ${toPrintableText(cause.facts['members'])}`,
      likelyCause:
        'the issuer does not write these claims, or the schema expects another form of them',
    },
  ]
}

const statusCauses: Readonly<Record<string, readonly [found: string, likelyCause: string]>> = {
  token_revoked: [
    'revoked',
    'the user signed out or was disabled, the session, API token or service account ended, or roles, scopes or the e-mail address changed: then a new access token is accepted',
  ],
  revocation_unknown: ['unknown', 'the issuer is unreachable for its status list'],
  status_missing: [
    'none',
    'the issuer does not write a status into its tokens, or did not yet when this one was issued',
  ],
  status_unusable: [
    'another form, or a list elsewhere',
    'the token names a list that is not below the URL of its issuer',
  ],
  status_index_unknown: ['an index beyond the list', 'the list was replaced by a smaller one'],
}

/** Explains the revocation check; empty if the guard does not check, or if the token was not verified. */
function statusChecks({ cause, principal, lists }: ExplainedDecision): readonly Check[] {
  if (!lists) return []
  const check = { name: 'status', expected: 'good, by a status list of the issuer' }
  const [found, usual] = statusCauses[cause?.code ?? ''] ?? []
  if (found === undefined || usual === undefined)
    return principal ? [{ ...check, found: 'good', verdict: 'passed' }] : []
  const problem = lists.find(({ current }) => !current)?.problem
  const likelyCause = cause?.code === 'revocation_unknown' && problem ? problem : usual
  return [{ ...check, found, verdict: 'failed', likelyCause }]
}

/** One row for each kind of requirement, checked alone. */
function requirementChecks({ requirements, principal, now }: ExplainedDecision): readonly Check[] {
  const { scopes, roles, factors, acr, maxAge } = requirements
  const claims = principal?.token.claims
  const [amr, shown, at] = [claims?.['amr'], claims?.['acr'], claims?.['auth_time']]
  const rows: readonly (readonly [RouteRequirements, string, string, unknown])[] = [
    ...(scopes
      ? [[{ scopes }, 'scopes', scopes.join(' '), [...(principal?.scopes ?? [])]] as const]
      : []),
    ...(roles
      ? [[{ roles }, 'roles', roles.join(' '), [...(principal?.roles ?? [])]] as const]
      : []),
    ...(factors ? [[{ factors }, 'factors (amr)', factors.join(' '), amr] as const] : []),
    ...(acr ? [[{ acr }, 'assurance (acr)', acr.join(' or '), shown] as const] : []),
    ...(maxAge === undefined
      ? []
      : [[{ maxAge }, 'sign-in (auth_time)', `at most ${maxAge} s ago`, at] as const]),
  ]
  let reached = principal !== undefined
  return rows.map(([part, name, expected, found]): Check => {
    const check = { name, expected, found: toPrintableText(found) }
    if (!principal || !reached) return { ...check, verdict: 'not reached' }
    const unmet = findUnmet(principal, part, now)
    if (unmet === undefined) return { ...check, verdict: 'passed' }
    reached = false
    return { ...check, verdict: 'failed', likelyCause: unmetCauseOf(unmet, principal) }
  })
}

const mappedKinds: { readonly [unmet in UnmetRequirement]?: 'scopes' | 'roles' } = {
  scope_missing: 'scopes',
  role_missing: 'roles',
}

function unmetCauseOf(unmet: UnmetRequirement, principal: Principal<unknown>): string {
  const kind = mappedKinds[unmet]
  const claim = kind && findUnreadClaim(kind, principal.token.claims, mappingOf(principal))
  return claim === undefined
    ? unmetCauses[unmet]
    : `the issuer writes its ${kind} in ${claim}: name that claim in mapping, or use a preset of issuerPresets`
}

const unmetCauses: Readonly<Record<UnmetRequirement, string>> = {
  scope_missing: 'the client did not request the scope, or the user did not grant it',
  role_missing: 'the user does not have the role, or did not when the token was issued',
  factor_missing:
    'the user signed in with a weaker method: the client must request a stronger one, as the challenge says',
  authentication_too_old: 'the user signed in too long ago, or the issuer does not write auth_time',
}
