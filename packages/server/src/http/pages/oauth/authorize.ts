import * as z from 'zod'
import {
  approveRequest,
  judgeConsent,
  judgeNextStep,
  otherUserRequest,
  refusedSilently,
  unmetRequest,
} from '../../../domain/grants/approve-request.ts'
import {
  answerUri,
  type AuthorizationRequest,
  type RefusedRequest,
} from '../../../domain/grants/authorization-request.ts'
import { limitRate } from '../../../domain/limits/limit-rate.ts'
import { readIdTokenHint } from '../../../domain/grants/id-token-hint.ts'
import { findRequest } from '../../../domain/grants/find-request.ts'
import { isClaimed } from '../../../domain/clients/application.ts'
import { isDocumentClient } from '../../../domain/clients/client-document.ts'
import {
  isReference,
  maxRequestLength,
  openPushedRequest,
} from '../../../domain/grants/pushed-request.ts'
import { fail } from '../../../failures.ts'
import { idSchema } from '../../api/schemas.ts'
import { formErrorMessage } from '../fields.ts'
import { html } from '../html.ts'
import { form, type Page, type PageInput, type Redirect, type View, type Visitor } from '../page.ts'
import { consentTextsOf } from './consent-texts.ts'
import { scopeList } from './scope-list.ts'

const path = '/oauth/authorize'

const consentForm = form({
  name: 'consent',
  path,
  limit: 'attempts-per-address',
  fields: z.object({ user: idSchema, decision: z.enum(['allow', 'deny']) }),
  async submit(input) {
    const { fields, visitor, link, query } = input
    if (!visitor) return { to: link(`${path}?${query}`) } // signed out meanwhile: the page asks to sign in
    const request = await requestOf(input)
    if ('to' in request) return request
    const next = await nextStepOf(input, request, visitor)
    const consent = judgeConsent(next, { ...fields, by: visitor.user.id })
    if (consent === 'sign_in') return signInAgain(input)
    if (consent === 'unmet') return refuse(input, request, unmetRequest)
    if (consent === 'other_user') return refuse(input, request, otherUserRequest)
    if (consent === 'ask') return consentView(input, request, visitor)
    if (consent === 'allowed') return approve(input, request, visitor)
    return refuse(input, request, { error: 'access_denied', description: 'the user has refused' })
  },
})

/**
 * The authorization endpoint (RFC 6749, section 3.1): it answers an application at once, or asks the user to sign in and to agree. A page without
 * script; the request stays in its URL, and nothing is stored before the user agrees.
 */
export const authorizePage: Page = {
  path,
  summary:
    'The authorization endpoint of OAuth 2.1 and OpenID Connect: sign in to an application, and agree to what it may do',
  access: 'public',
  forms: [consentForm],

  async render(input) {
    const request = await requestOf(input)
    if ('to' in request) return request
    const { visitor, formError } = input
    const silent = request.prompts.includes('none')
    const next = visitor ? await nextStepOf(input, request, visitor) : 'sign_in'
    if (next === 'approve' && visitor && !formError) return approveUnasked(input, request, visitor)
    if (next === 'unmet') return refuseUnasked(input, request, unmetRequest)
    if (next === 'other_user') return refuseUnasked(input, request, otherUserRequest)
    if (silent && next !== 'approve') return refuseUnasked(input, request, refusedSilently(next))
    return next === 'sign_in' || !visitor
      ? signInAgain(input)
      : consentView(input, request, visitor)
  },
}

/** Reads the request, or redirects to the application with what is wrong. Fails with `authorization_request_invalid` if no application may be told. */
async function requestOf(input: PageInput): Promise<AuthorizationRequest | Redirect> {
  if (String(input.query).length > maxRequestLength)
    throw fail('authorization_request_invalid', { detail: 'it is too long' })
  const read = isReference(input.query) ? openPushedRequest : findRequest
  const found = await read(input.runtime, input.query, input.client)
  return 'request' in found ? found.request : refuseUnasked(input, found.recipient, found.refused)
}

/**
 * Refuses a request before the user has answered it. With metadata documents of any host the redirect URI is a stranger's choice: a redirect that no user
 * has agreed to would make this server an open redirector (RFC 9700, section 4.11.2), so the user sees an error instead.
 */
function refuseUnasked(
  input: PageInput,
  recipient: Pick<AuthorizationRequest, 'client' | 'redirectUri' | 'state'>,
  refused: RefusedRequest,
): Redirect {
  const { client } = recipient
  const { hosts } = input.runtime.policies.clientDocuments
  if (hosts !== 'any' || !isDocumentClient(client)) return refuse(input, recipient, refused)
  const { error, description } = refused
  const facts = { client: client.id, problem: error }
  throw fail('authorization_request_invalid', { detail: description, facts })
}

function refuse(
  { runtime, ids }: PageInput,
  { client, redirectUri, state }: Pick<AuthorizationRequest, 'client' | 'redirectUri' | 'state'>,
  { error, description }: RefusedRequest,
): Redirect {
  const facts = { client: client.id }
  runtime.log.info({ ...ids, code: error, detail: description, facts }, 'refused')
  const answer = { error, error_description: description }
  return { to: answerUri(redirectUri, answer, { state, issuer: runtime.issuer.url }) }
}

/** Approves a request that needs no question. It is limited as a change of the user: a link makes a code, and each code a grant with audit events. */
async function approveUnasked(
  input: PageInput,
  request: AuthorizationRequest,
  visitor: Visitor,
): Promise<Redirect> {
  const { runtime } = input
  const { changes } = runtime.policies.limits
  if (changes !== null) await limitRate(runtime, changes, 'codes-of-user', visitor.user.id)
  return approve(input, request, visitor)
}

async function approve(
  { runtime }: PageInput,
  request: AuthorizationRequest,
  { user, session }: Visitor,
): Promise<Redirect> {
  const code = await approveRequest(runtime, request, { userId: user.id, sessionId: session.id })
  const { redirectUri, state } = request
  return {
    to: answerUri(redirectUri, { code: code.reveal() }, { state, issuer: runtime.issuer.url }),
  }
}

async function nextStepOf(
  { runtime, query }: PageInput,
  request: AuthorizationRequest,
  { user, session }: Visitor,
) {
  const now = runtime.clock.now()
  const grants = await runtime.store.sessions.listGrants(user.id, 'application', now)
  const asked = query.get(askedAtParameter) ?? ''
  const isTime = /^\d{1,12}$/.test(asked)
  // The query may say less than what was pushed: a sign-in before that answers nothing.
  const askedAt = isTime ? Math.max(Number(asked), request.pushed?.at ?? 0) : undefined
  const { idTokenHint, client } = request
  const hint = idTokenHint === undefined ? undefined : readIdTokenHint(runtime, idTokenHint)
  const isOther = hint?.clientId === client.id && hint.userId !== user.id
  return judgeNextStep(request, session, { grants, askedAt, now, isOther })
}

/** The parameter by which this page knows that a sign-in was asked for, and when. An application that sends it weakens its own request alone. */
const askedAtParameter = 'countersign_asked_at'

/** Sends the browser to the sign-in page, and from there back to this request. */
function signInAgain({ query, runtime, link }: PageInput): Redirect {
  const request = new URLSearchParams(query)
  request.set(askedAtParameter, String(runtime.clock.now()))
  const back = new URLSearchParams({ again: '1', return_to: link(`${path}?${request}`) })
  return { to: link(`/sign-in?${back}`) }
}

function consentView(input: PageInput, request: AuthorizationRequest, { user }: Visitor): View {
  const { language, link, query, formError } = input
  const { client, redirectUri } = request
  const consent = consentTextsOf(language)
  const target = new URL(redirectUri)
  const isUnregistered = isDocumentClient(client)
  const name = isUnregistered ? new URL(client.id).host : client.name // what a document calls itself proves nothing
  const main = html`<section class="card narrow">
    <h1>${consent.title(name)}</h1>
    <p>${consent.intro(name, user.name)}</p>
    ${isUnregistered && html`<p class="notice">${consent.unregistered(name)}</p>`}
    ${isUnregistered && !isClaimed(redirectUri) && html`<p class="notice">${consent.anyProgram}</p>`}
    ${scopeList(consent, request)}
    <form method="post" action="${link(`${path}?${query}`)}" class="fields">
      ${formErrorMessage({ form: consentForm.name, formError })}
      <input type="hidden" name="user" value="${user.id}" />
      <div class="row">
        <button class="primary" name="decision" value="allow">${consent.allow}</button>
        <button name="decision" value="deny">${consent.deny}</button>
      </div>
    </form>
    <p class="quietly">${consent.goesTo} <strong>${target.host || target.protocol}</strong></p>
    <p class="quietly">${consent.revoke}</p>
  </section>`
  // A policy can name no origin of a private scheme, and no IPv6 address (Content Security Policy, section 2.3.1).
  const isNameable = target.origin !== 'null' && !target.hostname.startsWith('[')
  const formTargets = [isNameable ? target.origin : target.protocol]
  return { title: consent.title(name), main, language, formTargets }
}
