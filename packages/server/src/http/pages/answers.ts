import type { Context } from 'hono'
import type { Services } from '../pipeline/services.ts'
import { issueTokens } from '../../domain/authentication/issue-tokens.ts'
import type { Env } from '../pipeline/edge.ts'
import { toProblem } from '../pipeline/problem.ts'
import { pageHeaders } from '../browser/security-headers.ts'
import type { Assets } from './assets.ts'
import { layout, type Frame } from './layout.ts'
import { noNotice, readNotice, writeNotice, type Notice } from './notices.ts'
import type { Done, Page, FormError, View, Visitor } from './page.ts'
import { forwardView, problemView, type ShownProblem } from './problem-page.ts'

/** A page with what it shows, on its way out. */
export interface Shown {
  readonly page: Pick<Page, 'path' | 'connects'>
  readonly view: View
  readonly visitor: Visitor | undefined
  readonly trouble?: FormError
}

/** What pages answer: each kind is made here and nowhere else. */
export interface Answers {
  page(c: Context<Env>, shown: Shown): Response
  /** The page once more, with the status of what went wrong. */
  troubled(c: Context<Env>, error: unknown, shown: Shown): Response
  done(c: Context<Env>, done: Done): Response
  /** Another page, by GET. */
  redirect(to: string, notice?: Notice): Response
  /** Sends the browser to the same place again, from here. */
  forward(to: string): Response
  /** A problem document as a page for people. */
  problem(problem: Response): Promise<Response>
}

/** What answers are made with. */
export interface AnswerParts {
  readonly runtime: Services
  readonly assets: Assets
  readonly link: (path: string) => string
}

/** Makes the answers of pages. */
export function createAnswers(parts: AnswerParts): Answers {
  const { runtime, link } = parts
  const page = (c: Context<Env>, shown: Shown) => {
    const notice = readNotice(c.req.header('cookie'))
    const response = write(parts, { ...shown, notice })
    if (notice) response.headers.append('set-cookie', noNotice)
    return response
  }
  return {
    page,
    redirect,
    troubled(c, error, shown) {
      const answer = toProblem({ error }, c.var, runtime)
      return carry(answer, page(c, { ...shown, view: { ...shown.view, status: answer.status } }))
    },
    done(c, { to, notice, signedIn, signedOut }) {
      const cookies = c.get('cookies')
      if (signedIn) {
        const left = signedIn.session.expiresAt - runtime.clock.now()
        cookies.give(issueTokens(runtime, signedIn), left)
      }
      if (signedOut) cookies.clear()
      return redirect(to, notice)
    },
    forward: (to) => write(parts, { ...alone, view: forwardView(to), forward: to }),
    async problem(answer) {
      const shown = (await answer.json()) as ShownProblem // ours, made a moment ago
      return carry(answer, write(parts, { ...alone, view: problemView(shown, link) }))
    },
  }
}

/** Of a page that is not on the list. */
const alone = { page: { path: '' }, visitor: undefined } as const

/**
 * Nobody keeps a page. Its referrer stays within this site: without any, browsers would send `Origin: null` with our own forms, and the
 * oldest of them say nothing else of where a form comes from.
 */
function write({ assets, link }: AnswerParts, one: Shown & Pick<Frame, 'notice' | 'forward'>) {
  const { page, view, visitor, trouble, notice, forward } = one
  const { path, connects = false } = page
  const troubled = trouble !== undefined
  const body = layout({ view, path, visitor, notice, troubled, forward, assets, link })
  const sources = { styles: true, images: true, scripts: true, calls: connects, forms: ["'self'"] }
  const headers = {
    ...pageHeaders(sources),
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'same-origin',
  }
  return new Response(String(body), { status: view.status ?? 200, headers })
}

function redirect(to: string, notice?: Notice): Response {
  const headers = new Headers({ location: to, 'cache-control': 'no-store' })
  if (notice) headers.append('set-cookie', writeNotice(notice))
  return new Response(null, { status: 303, headers })
}

/** What a problem says in headers stays said: when to come again, and which methods there are. */
function carry(from: Response, to: Response): Response {
  for (const name of ['retry-after', 'www-authenticate', 'allow']) {
    const value = from.headers.get(name)
    if (value !== null) to.headers.set(name, value)
  }
  return to
}
