import type { Language } from '../../domain/kernel/client-info.ts'
import { translateTo } from './translation/translate.ts'
import type { Context } from 'hono'
import type { Services } from '../pipeline/services.ts'
import type { Env } from '../pipeline/middleware.ts'
import { toProblem } from '../pipeline/problem.ts'
import { pageHeaders } from '../browser/security-headers.ts'
import type { Assets } from './assets.ts'
import { layout, type LayoutInput } from './layout.ts'
import {
  clearFlashMessage,
  readFlashMessage,
  writeFlashMessage,
  type FlashMessage,
} from './flash-messages.ts'
import type { FormError, Page, View, Visitor } from './page.ts'
import { forwardView, errorView, type ProblemDetails } from './error-view.ts'

/** A page and what it shows to its visitor. */
export interface RenderedPage {
  readonly page: Pick<Page, 'path' | 'connects'>
  readonly view: View
  readonly visitor: Visitor | undefined
  readonly formError?: FormError
}

/** The responses of pages: each kind is made here and nowhere else. */
export interface PageResponses {
  page(c: Context<Env>, rendered: RenderedPage): Response
  /** The page once more, with a form's error and the status of that error. */
  formError(c: Context<Env>, error: unknown, rendered: RenderedPage): Response
  /** Redirects to another page, by GET. */
  redirect(to: string, flash?: FlashMessage): Response
  /** Sends the browser to the same address once more, from this site. */
  forward(to: string, language: Language): Response
  /** Turns a problem document into a page. */
  problem(problem: Response, language: Language): Promise<Response>
}

/** The dependencies of {@link createPageResponses}. */
export interface PageResponseOptions {
  readonly runtime: Services
  readonly assets: Assets
  readonly link: (path: string) => string
  /** The name of the cookie of flash messages. */
  readonly cookieName: string
}

/** Makes the responses of pages. */
export function createPageResponses(parts: PageResponseOptions): PageResponses {
  const { runtime, link, cookieName } = parts
  const page = (c: Context<Env>, rendered: RenderedPage) => {
    const flash = readFlashMessage(cookieName, c.req.header('cookie'))
    const response = write(parts, { ...rendered, flash })
    if (flash) response.headers.append('set-cookie', clearFlashMessage(cookieName))
    return response
  }
  const redirect = (to: string, flash?: FlashMessage) => {
    const headers = new Headers({ location: to, 'cache-control': 'no-store' })
    if (flash) headers.append('set-cookie', writeFlashMessage(cookieName, flash))
    return new Response(null, { status: 303, headers })
  }
  return {
    page,
    redirect,
    formError(c, error, rendered) {
      const answer = toProblem({ error }, c.var, runtime)
      const view = { ...rendered.view, status: answer.status }
      return copyHeaders(answer, page(c, { ...rendered, view }))
    },
    forward: (to, language) =>
      write(parts, { ...alone, view: forwardView(to, translateTo(language)) }),
    async problem(answer, language) {
      const problem = (await answer.json()) as ProblemDetails // made by toProblem
      return copyHeaders(
        answer,
        write(parts, { ...alone, view: errorView(problem, link, translateTo(language)) }),
      )
    },
  }
}

/** For a page that is not on the list. */
const alone = { page: { path: '' }, visitor: undefined } as const

/**
 * Renders a page, which no cache may store. Its referrer stays within this site: without any, browsers would send `Origin: null` with our own
 * forms, and the oldest of them send no other header that says where a form comes from.
 */
function write(
  { assets, link }: PageResponseOptions,
  one: RenderedPage & Pick<LayoutInput, 'flash'>,
) {
  const { page, view, visitor, formError, flash } = one
  const { path, connects = false } = page
  const hasError = formError !== undefined
  const body = layout({ view, path, visitor, flash, hasError, assets, link })
  const sources = {
    styles: true,
    images: true,
    scripts: true,
    calls: connects,
    forms: ["'self'", ...(view.formTargets ?? [])],
  }
  const headers = {
    ...pageHeaders(sources),
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
  }
  return new Response(String(body), { status: view.status ?? 200, headers })
}

/** Copies the headers of a problem: when to retry, how to authenticate, and which methods are allowed. */
function copyHeaders(from: Response, to: Response): Response {
  for (const name of ['retry-after', 'www-authenticate', 'allow']) {
    const value = from.headers.get(name)
    if (value !== null) to.headers.set(name, value)
  }
  return to
}
