import type { CountersignError, Explanation } from '@countersign/token'
import { toPrintableText, type Check, type Seconds } from '@countersign/token/internal'
import type { CookieOptions, Credentials, Presented } from './credentials.ts'
import type { RefusalCode } from './failures.ts'
import type { StatusListHealth } from './watched-list.ts'
import { judgeNeed, type Need, type Shortfall } from './need.ts'
import type { Principal } from './principal.ts'

/** Why a guard decided as it did, check by check. For operators: it says more than a caller may know. Never holds a token. */
export interface GuardExplanation {
  readonly allowed: boolean
  /** What the caller is told; none when the request is allowed. */
  readonly code: RefusalCode | undefined
  /** What was really wrong, such as `audience_wrong`. */
  readonly cause: string | undefined
  /** The usual mistake behind it, where one fits. */
  readonly likelyCause: string | undefined
  /** In the order in which they are made. */
  readonly checks: readonly Check[]
}

/** All that is known of a decision. */
export interface Decision {
  readonly request: Credentials
  readonly cookie: CookieOptions | undefined
  readonly presented: Presented
  readonly need: Need
  readonly code: RefusalCode | undefined
  readonly cause: CountersignError | undefined
  /** The verifier's own telling; none when no token got that far. */
  readonly verdict: Explanation | undefined
  /** What is known of the lists that tell of revoked tokens; nothing where they are not asked. */
  readonly lists: readonly StatusListHealth[] | undefined
  /** Who it is, when the token is good. */
  readonly principal: Principal<unknown> | undefined
  readonly now: Seconds
}

/** Tells a decision. Pure. */
export function toExplanation(decision: Decision): GuardExplanation {
  const { code, cause, verdict } = decision
  const checks = [
    credentialsCheck(decision),
    ...(verdict?.checks ?? []),
    ...boundChecks(decision),
    ...schemaChecks(decision),
    ...statusChecks(decision),
    ...needChecks(decision),
  ]
  return {
    allowed: code === undefined,
    code,
    cause: cause?.code ?? verdict?.code ?? code,
    likelyCause: checks.find(({ verdict: one }) => one === 'failed')?.likelyCause,
    checks,
  }
}

function credentialsCheck({ request, presented, cookie, code }: Decision): Check {
  const places = cookie ? ` or a cookie ${cookie.name}` : ''
  const found = {
    token: 'a token',
    missing: 'none',
    malformed: 'something else, or more than one',
    'cross-site': 'a cookie, sent by another site',
  }[presented.kind]
  const told = {
    name: 'credentials',
    expected: `Authorization: Bearer and a token${places}`,
    found,
  }
  if (presented.kind === 'token' || code === undefined) return { ...told, verdict: 'passed' }
  const likelyCause = credentialsCause(request, presented, cookie)
  return { ...told, verdict: 'failed', ...(likelyCause === undefined ? {} : { likelyCause }) }
}

// How a token begins: {" in base64url. It is looked for where a word begins and nowhere in it, or `eyJeyJeyJ…` would take the square of its length.
const jwtShape = /(?<![\w-])eyJ[\w-]*\.[\w-]*\.[\w-]*/

/** Where the token may have been left. */
function credentialsCause(
  request: Credentials,
  presented: Presented,
  cookie: CookieOptions | undefined,
): string | undefined {
  const header = request.header('authorization')?.trim() ?? ''
  if (presented.kind === 'cross-site')
    return 'another site sent the request, or the page stands on an origin that the guard does not name: see origins of its cookie'
  if (header.includes(',')) return 'two Authorization headers were sent, or a proxy added its own'
  if (presented.kind === 'malformed' && /^bearer( +\[object Object\])?$/i.test(header))
    return 'the client sent a variable that held no token'
  if (/^bearer +bearer /i.test(header)) return 'the word Bearer was handed over with the token'
  if (presented.kind === 'malformed')
    return header === ''
      ? 'two cookies have the name: a neighbouring site or an older path set one of them'
      : 'a blank or a line break, often from a file or a copy'
  if (jwtShape.test(header))
    return /^\S+$/.test(header)
      ? 'the token was sent without the word Bearer before it'
      : 'the token was sent under another scheme than Bearer'
  if (/^basic /i.test(header)) return 'a user name and a password were sent in place of a token'
  if (jwtShape.test(request.url)) return 'the token was sent in the query, where it ends in logs'
  return elsewhere(request, cookie)
}

const otherHeaders = [
  'x-access-token',
  'x-auth-token',
  'x-authorization',
  'token',
  'authentication',
]

function elsewhere(request: Credentials, cookie: CookieOptions | undefined): string | undefined {
  const other = otherHeaders.find((name) => jwtShape.test(request.header(name) ?? ''))
  if (other !== undefined) return `the token was sent in the header ${other}`
  if (jwtShape.test(request.header('cookie') ?? ''))
    return cookie
      ? 'the token was sent in a cookie of another name'
      : 'the token was sent in a cookie, and this guard reads none: see cookie'
  return 'the client sent nothing, or a proxy took the header away'
}

function boundChecks({ cause }: Decision): readonly Check[] {
  if (cause?.code !== 'token_bound') return []
  return [
    {
      name: 'confirmation (cnf)',
      verdict: 'failed',
      expected: 'none: a bearer token is whoever holds it',
      found: toPrintableText(cause.facts['members']),
      likelyCause:
        'a token that is bound to a key of its client, by DPoP (jkt) or a certificate (x5t#S256), was sent as a plain bearer token: it was stolen, or the client has to ask for bearer tokens for this API',
    },
  ]
}

function schemaChecks({ cause }: Decision): readonly Check[] {
  if (cause?.code !== 'claims_unfit') return []
  return [
    {
      name: 'schema of claims',
      verdict: 'failed',
      expected: 'claims that fit the schema of the application',
      found: `another form of ${toPrintableText(cause.facts['members'])}`,
      likelyCause:
        'the issuer does not write these claims, or the schema wants another form of them',
    },
  ]
}

const statusCauses: Readonly<Record<string, readonly [found: string, likelyCause: string]>> = {
  token_revoked: [
    'revoked',
    'the user signed out, or somebody ended the session or disabled the user',
  ],
  revocation_unknown: ['nobody can tell', 'the issuer cannot be reached for its status list'],
  status_missing: [
    'none',
    'the issuer does not write a status into its tokens, or did not yet when this one was made',
  ],
  status_unusable: [
    'another form, or a list elsewhere',
    'the token names a list that is not below the address of its issuer',
  ],
  status_index_unknown: [
    'an index beyond the list',
    'the list was made anew, smaller than it had been',
  ],
}

/** Whether the token was revoked; nothing where nobody looks, or before a token is proven. */
function statusChecks({ cause, principal, lists }: Decision): readonly Check[] {
  if (!lists) return []
  const told = { name: 'status', expected: 'a status list says that it is good' }
  const [found, usual] = statusCauses[cause?.code ?? ''] ?? []
  if (found === undefined || usual === undefined)
    return principal ? [{ ...told, found: 'good', verdict: 'passed' }] : []
  const problem = lists.find(({ current }) => !current)?.problem
  const likelyCause = cause?.code === 'revocation_unknown' && problem ? problem : usual
  return [{ ...told, found, verdict: 'failed', likelyCause }]
}

/** One row for each part of the need, judged alone. */
function needChecks({ need, principal, now }: Decision): readonly Check[] {
  const { scopes, roles, factors, acr, maxAge } = need
  const claims = principal?.token.claims
  const [amr, shown, at] = [claims?.['amr'], claims?.['acr'], claims?.['auth_time']]
  const rows: readonly (readonly [Need, string, string, unknown])[] = [
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
    const told = { name, expected, found: toPrintableText(found) }
    if (!principal || !reached) return { ...told, verdict: 'not reached' }
    const met = judgeNeed(principal, part, now)
    if (met === 'met') return { ...told, verdict: 'passed' }
    reached = false
    return { ...told, verdict: 'failed', likelyCause: shortfalls[met] }
  })
}

const shortfalls: Readonly<Record<Shortfall, string>> = {
  scope_missing: 'the client did not ask for the scope, or the user did not grant it',
  role_missing: 'the user has not the role, or had not when the token was made',
  factor_missing:
    'the user signed in with less: the client must ask for more, as the challenge says',
  authentication_too_old: 'the user signed in too long ago, or the issuer does not write auth_time',
}
