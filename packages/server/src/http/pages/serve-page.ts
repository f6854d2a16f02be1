import type { Context } from 'hono'
import type { ClientInfo } from '../../domain/kernel/client-info.ts'
import { assertAdmitted } from '../../domain/administration/actor.ts'
import type { Services } from '../pipeline/services.ts'
import type { Access } from '../pipeline/access.ts'
import {
  handleRequest,
  type Authorized,
  type Pipeline,
  type RequestContext,
} from '../pipeline/handle-request.ts'
import type { Endpoint, Env, MiddlewareOptions } from '../pipeline/middleware.ts'
import { changeSession } from './change-session.ts'
import type { FormError, Page, PageInput } from './page.ts'
import type { PageResponses } from './page-response.ts'
import { translateTo } from './translation/translate.ts'
import { reloadVisitor, visitorOf, type MaybeVisitor } from './visitor.ts'

/** The options of all pages. */
export type PageOptions = MiddlewareOptions &
  Pipeline &
  Pick<PageInput, 'settings'> & { readonly runtime: Services }

/** The dependencies of pages and forms, in addition to those of the shared steps. */
export interface PagePipeline extends PageOptions {
  readonly startedAt: PageInput['startedAt']
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

/** Renders a page, with a form's error where there is one. */
export async function responseOf(
  page: Page,
  c: Context<Env>,
  context: RequestContext<MaybeVisitor>,
  pipeline: PagePipeline,
  failed?: { readonly error: unknown; readonly formError: FormError },
): Promise<Response> {
  const { responses } = pipeline
  const input = inputOf(c, context, pipeline)
  const view = await page.render({ ...input, formError: failed?.formError })
  if ('to' in view) {
    await changeSession(pipeline.runtime, view, context, c.get('cookies'))
    if (view.pendingSignIn) c.get('cookies').keepSignIn(view.pendingSignIn)
    return responses.redirect(view.to, view.flash)
  }
  const rendered = { page, view, visitor: input.visitor }
  if (!failed) return responses.page(c, rendered)
  return responses.formError(c, failed.error, { ...rendered, formError: failed.formError })
}

/** Returns what the authorization of a visitor returns. */
export function authorizedOf(caller: MaybeVisitor): Authorized<MaybeVisitor> {
  return { caller, subject: typeof caller === 'object' ? caller.user.id : undefined }
}

/**
 * Finds the visitor and checks that they may see the page; else redirects to the sign-in page. A link on another site brings no `SameSite=Strict`
 * cookie, so the browser is sent to the same address once more, from this site, and then it brings the cookie. Fails with `administrators_only`.
 */
export async function authorizeVisitor(
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
  if (crossed && visitor === undefined) return responses.forward(here, client.language ?? 'en')
  if (page.access === 'public') return authorized
  const back = c.req.method === 'GET' ? here : link(fillPath(page.path, c.req.param()))
  const to = link(`/sign-in?return_to=${encodeURIComponent(back)}`)
  return responses.redirect(to, visitor === 'session_ended' ? 'session_over' : undefined)
}

/** Returns the input of a page and of its forms. */
export function inputOf(
  c: Context<Env>,
  { client, caller }: RequestContext<MaybeVisitor>,
  { runtime, production, settings, startedAt, link }: PagePipeline,
): PageInput {
  const visitor = typeof caller === 'object' ? caller : undefined
  const language = visitor?.user.language ?? client.language ?? 'en'
  return {
    runtime,
    development: !production,
    settings,
    startedAt,
    params: c.req.param(),
    query: new URL(c.req.url).searchParams,
    client,
    ids: { requestId: c.get('requestId'), outer: c.get('outer') },
    language,
    t: translateTo(language),
    askingBrowser: () => c.get('cookies').askingBrowser(),
    bindBrowser: () => c.get('cookies').bindBrowser(),
    pendingSignIn: () => c.get('cookies').pendingSignIn(),
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
