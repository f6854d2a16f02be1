import { passesCsrfCheck } from '@countersign/guard'
import type { Context } from 'hono'
import { signOut, signOutByRefreshToken } from '../../domain/sessions/sign-out.ts'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { assertAdmitted } from '../../domain/administration/actor.ts'
import type { Services } from '../pipeline/services.ts'
import { fail } from '../../failures.ts'
import { credentialsOf, type Cookies } from '../browser/cookies.ts'
import { recentSignInSeconds, type Access } from '../pipeline/access.ts'
import {
  handleRequest,
  type Authorized,
  type Pipeline,
  type RequestContext,
} from '../pipeline/handle-request.ts'
import type { Endpoint, Env, MiddlewareOptions } from '../pipeline/middleware.ts'
import { readForm } from '../pipeline/read-input.ts'
import { reauthenticatePath } from './console/reauthenticate.ts'
import { parseFields, toFormError } from './form-error.ts'
import type { Form, FormError, FormResult, Page, PageInput } from './page.ts'
import type { PageResponses } from './page-response.ts'
import { reloadVisitor, visitorOf, type MaybeVisitor } from './visitor.ts'

/** The options of all pages. */
export type PageOptions = MiddlewareOptions &
  Pipeline &
  Pick<PageInput, 'settings'> & { readonly runtime: Services }

/** The dependencies of pages and forms, in addition to those of the shared steps. */
export interface PagePipeline extends PageOptions {
  readonly access: Access
  readonly responses: PageResponses
  readonly link: (path: string) => string
}

/** An endpoint whose answers no other origin may read, whatever `cors.origins` allows for routes. */
export function ownEndpoint(method: Endpoint['method'], path: string): Endpoint {
  return { method, path, cors: 'none' }
}

/** Answers GET of a page: checks that the visitor may see it, and renders it. */
export function renderPage(page: Page, c: Context<Env>, pipeline: PagePipeline) {
  return handleRequest<MaybeVisitor, undefined>(
    c,
    {
      endpoint: ownEndpoint('GET', page.path),
      limit: { none: 'a page reads, and changes nothing' },
      confidential: true,
      authorize: (client) => authorizeVisitor(page, c, client, pipeline),
      hasBody: false,
      readInput: () => Promise.resolve(undefined),
      handle: (context) => responseOf(page, c, context, pipeline),
    },
    pipeline,
  )
}

/**
 * Answers a form: the steps of a JSON route, after a check that a page of this site sent it. The result is a redirect, or the page once more
 * with what is wrong.
 */
export function submitForm(page: Page, form: Form, c: Context<Env>, pipeline: PagePipeline) {
  const { responses, runtime, ownOrigin } = pipeline
  let typed: ReturnType<typeof readForm> | undefined
  const readTyped = () => (typed ??= readForm(c.req.raw))
  return handleRequest<MaybeVisitor, Readonly<Record<string, string>>>(
    c,
    {
      endpoint: ownEndpoint('POST', form.path),
      limit: form.limit,
      confidential: true,
      assertSameOrigin() {
        // No token in a field: it would prove no more than the browser's own headers, which every browser sends since 2023 (Origin: 2020).
        if (!form.fromAnySite && !passesCsrfCheck(credentialsOf(c.req.raw), [ownOrigin]))
          throw fail('form_cross_site')
      },
      async authorize(client, before) {
        if (form.fromAnySite) return authorizedOf(undefined) // the cookies of a request of another site count for nothing
        const authorized = await authorizeVisitor(page, c, client, pipeline, before)
        if (authorized instanceof Response) return authorized
        return requireRecentSignIn(page, form, c, authorized.caller, pipeline) ?? authorized
      },
      hasBody: true,
      readInput: readTyped,
      async handle({ input, ...context }) {
        const fields = parseFields(form.fields, input)
        const pageInput = inputOf(c, context, pipeline)
        const result = await form.submit({ ...pageInput, fields })
        if ('main' in result)
          return responses.page(c, { page, view: result, visitor: pageInput.visitor })
        await endEarlierSession(runtime, result, context, c.get('cookies'))
        if (result.view)
          return responses.page(c, { page, view: result.view, visitor: visitorIn(context.caller) })
        return responses.formResult(c, result)
      },
      async onError(error, context) {
        const formError = toFormError(form, error, await readTyped())
        if (!formError) throw error
        // The visitor may have been signed out or demoted meanwhile, and the page shows only what its visitor may see now.
        const before = authorizedOf(context.caller)
        const now = await authorizeVisitor(page, c, context.client, pipeline, before)
        if (now instanceof Response) return now
        return responseOf(page, c, { ...context, ...now }, pipeline, { error, formError })
      },
    },
    pipeline,
  )
}

/** Ends the session of a browser that has signed out, or signed in again: no cookie of it is left, and its user could not end it any more. */
async function endEarlierSession(
  runtime: Services,
  { signedIn, signedOut }: FormResult,
  { caller, client }: RequestContext<MaybeVisitor>,
  cookies: Cookies,
): Promise<void> {
  if (!signedIn && !signedOut) return
  const how = signedIn
    ? ({ reason: 'replaced', successor: signedIn.session } as const)
    : ({ reason: 'logout' } as const)
  const earlier = typeof caller === 'object' ? caller.session : undefined
  if (earlier && earlier.id !== signedIn?.session.id)
    await signOut(runtime, { userId: earlier.userId, sessionId: earlier.id }, how)
  await signOutByRefreshToken(runtime, cookies.refreshToken(), client, how)
}

/** Renders a page, with a form's error where there is one. */
async function responseOf(
  page: Page,
  c: Context<Env>,
  context: RequestContext<MaybeVisitor>,
  pipeline: PagePipeline,
  failed?: { readonly error: unknown; readonly formError: FormError },
): Promise<Response> {
  const { responses } = pipeline
  const input = { ...inputOf(c, context, pipeline), formError: failed?.formError }
  const view = await page.render(input)
  if ('to' in view) {
    await endEarlierSession(pipeline.runtime, view, context, c.get('cookies'))
    return responses.formResult(c, view)
  }
  const rendered = { page, view, visitor: input.visitor }
  if (!failed) return responses.page(c, rendered)
  return responses.formError(c, failed.error, { ...rendered, formError: failed.formError })
}

function authorizedOf(caller: MaybeVisitor): Authorized<MaybeVisitor> {
  return { caller, subject: typeof caller === 'object' ? caller.user.id : undefined }
}

/**
 * Finds the visitor and checks that they may see the page; else redirects to the sign-in page. A link on another site brings no `SameSite=Strict`
 * cookie, so the browser is sent to the same address once more, from this site, and then it brings the cookie. Fails with `administrators_only`.
 */
async function authorizeVisitor(
  page: Page,
  c: Context<Env>,
  client: ClientInfo,
  { runtime, access, responses, link }: PagePipeline,
  before?: Authorized<MaybeVisitor>,
): Promise<Authorized<MaybeVisitor> | Response> {
  const cookies = c.get('cookies')
  const visitor = before
    ? await reloadVisitor(runtime, before.caller, cookies)
    : await visitorOf(runtime, { access, cookies, request: c.req.raw, client })
  const authorized = authorizedOf(visitor)
  if (typeof visitor === 'object') {
    c.set('user', visitor.user.id) // before the check: the log of a refused page names who asked
    assertAdmitted(page.access, visitor.user)
    return authorized
  }
  const here = link(c.req.path) + new URL(c.req.url).search
  const crossed = c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site'
  if (crossed && visitor === undefined) return responses.forward(here)
  if (page.access === 'public') return authorized
  const back = c.req.method === 'GET' ? here : link(fillPath(page.path, c.req.param()))
  const to = link(`/sign-in?return_to=${encodeURIComponent(back)}`)
  return responses.redirect(to, visitor === 'session_ended' ? 'session_over' : undefined)
}

/** Redirects an administrator whose sign-in is too old to change something to the page that asks for the password again. */
function requireRecentSignIn(
  page: Page,
  { allowOldSignIn }: Form,
  c: Context<Env>,
  visitor: MaybeVisitor,
  { runtime, responses, link }: PagePipeline,
): Response | undefined {
  if (page.access !== 'admin' || allowOldSignIn || typeof visitor !== 'object') return undefined
  const age = runtime.clock.now() - visitor.session.authenticatedAt
  if (Math.abs(age) <= recentSignInSeconds) return undefined // below 0: the clock was set back since
  const back = encodeURIComponent(link(fillPath(page.path, c.req.param())))
  return responses.redirect(link(`${reauthenticatePath}?return_to=${back}`))
}

function visitorIn(caller: MaybeVisitor) {
  return typeof caller === 'object' ? caller : undefined
}

function inputOf(
  c: Context<Env>,
  { client, caller }: RequestContext<MaybeVisitor>,
  { runtime, production, settings, link }: PagePipeline,
): PageInput {
  const visitor = visitorIn(caller)
  return {
    runtime,
    development: !production,
    settings,
    params: c.req.param(),
    query: new URL(c.req.url).searchParams,
    client,
    ids: { requestId: c.get('requestId'), outer: c.get('outer') },
    language: visitor?.user.language ?? client.language ?? 'en',
    askingBrowser: () => c.get('cookies').askingBrowser(),
    bindBrowser: () => c.get('cookies').bindBrowser(),
    link,
    formError: undefined,
    visitor,
    member() {
      if (!visitor) throw new Error('a public page asked for the signed-in visitor')
      return visitor
    },
  }
}

/** A page's path with the parameters in place of each `:name`. */
export function fillPath(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}
