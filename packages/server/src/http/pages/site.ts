import { isOwnRequest } from '@countersign/guard'
import type { Context } from 'hono'
import { endReplaced } from '../../domain/sessions/end-sessions.ts'
import { assertAdmitted } from '../../domain/administration/actor.ts'
import type { Services } from '../pipeline/services.ts'
import { fail } from '../../failures.ts'
import { createAccess, type Access } from '../pipeline/access.ts'
import { readForm } from '../pipeline/body.ts'
import { credentialsOf } from '../browser/cookies.ts'
import { createLimiter, type Limiter } from '../pipeline/limit.ts'
import type { EdgeOptions, Endpoint, Env } from '../pipeline/edge.ts'
import type { App } from '../pipeline/mount.ts'
import { recentSignInSeconds } from '../api/admin/recent-sign-in.ts'
import { confirmPath } from './console/confirm.ts'
import { createAnswers, type Answers } from './answers.ts'
import { createAssets } from './assets.ts'
import type { Form, Page, PageInput, Visitor } from './page.ts'
import { parseFields, toFormError } from './form-error.ts'
import { visitorAgain, visitorOf, type Known } from './visitor.ts'

/** How a site is made. */
type SiteOptions = EdgeOptions & Pick<PageInput, 'settings'>

interface Steps {
  readonly options: SiteOptions
  readonly runtime: Services
  readonly access: Access
  readonly limiter: Limiter
  readonly answers: Answers
  readonly link: (path: string) => string
}

/** The pages of a server. */
export interface Site {
  /** Every path that it mounts. */
  readonly endpoints: readonly Endpoint[]
  mountOn(app: App): void
  /** A problem document as a page for people. */
  errorPage(problem: Response): Promise<Response>
}

const assetPath = '/assets/:version/:name'

/** What people are shown is for no other origin, whoever may call the routes. */
function own(method: Endpoint['method'], path: string): Endpoint {
  return { method, path, cors: 'none' }
}

/** A page is looked at, its forms are sent, and whoever looks at the address of a form is sent to the page. */
function endpointsOf({ path, forms = [] }: Page): readonly Endpoint[] {
  return [
    own('GET', path),
    ...forms.flatMap((one) => [own('POST', one.path), own('GET', one.path)]),
  ]
}

/**
 * Makes a site of pages. A form takes the same steps as a route — limit, access, parse, act, answer — after it was shown that this very
 * site's page sent it. What comes of it is a redirect, or the page once more with what is wrong.
 */
export function createSite(pages: readonly Page[], runtime: Services, options: SiteOptions): Site {
  const { pathname } = new URL(runtime.issuer.url)
  const link = (path: string) => (pathname === '/' ? path : pathname + path)
  const assets = createAssets()
  const answers = createAnswers({ runtime, assets, link })
  const access = createAccess(runtime, [options.ownOrigin])
  const limiter = createLimiter(runtime)
  const steps: Steps = { options, runtime, access, limiter, answers, link }
  return {
    endpoints: [own('GET', assetPath), ...pages.flatMap(endpointsOf)],
    errorPage: answers.problem,
    mountOn(app) {
      app.get(assetPath, async (c) => {
        c.set('route', own('GET', '/assets'))
        const { version, name } = c.req.param()
        const answer = await assets.answer(version, name, c.req.header('accept-encoding') ?? '')
        return answer ?? c.notFound()
      })
      for (const page of pages) {
        app.get(page.path, (c) => look(page, c, steps))
        for (const one of page.forms ?? []) {
          app.post(one.path, (c) => send(page, one, c, steps))
          // Whoever asks once more for a page that told of something wrong asks for the form's own address.
          if (one.path !== page.path)
            app.get(one.path, (c) => answers.redirect(link(fill(page.path, c.req.param()))))
        }
      }
    },
  }
}

async function look(page: Page, c: Context<Env>, steps: Steps): Promise<Response> {
  c.set('route', own('GET', page.path))
  const visit = await visitOf(c, steps)
  const refused = refusal(page, c, visit, steps)
  if (refused) return refused
  const shown = await page.show(visit.input)
  if ('to' in shown) return steps.answers.redirect(shown.to)
  return steps.answers.page(c, { page, view: shown, visitor: visit.input.visitor })
}

async function send(page: Page, one: Form, c: Context<Env>, steps: Steps): Promise<Response> {
  const { answers, limiter, options, runtime } = steps
  c.set('route', own('POST', one.path))
  // No token in a field: it would prove no more than the browser's own word does, which every one has sent since 2023 (Origin: 2020).
  if (!isOwnRequest(credentialsOf(c.req.raw), [options.ownOrigin])) throw fail('form_cross_site')
  const first = await visitOf(c, steps)
  const refused = refusal(page, c, first, steps) ?? confirmation(page, one, c, first, steps)
  if (refused) return refused
  const typed = await readForm(c.req.raw)
  // A form may take half a minute to come, and whoever was locked out meanwhile does nothing more.
  const { known, input } = await visitAgain(first, c, steps)
  const late = refusal(page, c, { known, input }, steps)
  if (late) return late
  try {
    await limiter.beforeAccess(one.limit, input.client.address)
    await limiter.afterAccess(one.limit, input.visitor && { subject: input.visitor.user.id })
    const done = await one.act({ ...input, fields: parseFields(one.fields, typed) })
    if (done.signedIn) await endReplaced(runtime, c.get('cookies').refreshToken())
    return answers.done(c, done)
  } catch (error) {
    const trouble = toFormError(one, error, typed)
    if (!trouble) throw error
    const again = await visitAgain({ known, input }, c, steps)
    const over = refusal(page, c, again, steps) // what it shows is for those alone who may see it
    if (over) return over
    const view = await page.show({ ...again.input, trouble })
    if ('to' in view) return answers.redirect(view.to)
    return answers.troubled(c, error, { page, view, visitor: again.input.visitor, trouble })
  }
}

/** A request, once it is known who sends it. */
interface Visit {
  readonly known: Known
  readonly input: PageInput
}

async function visitOf(c: Context<Env>, steps: Steps): Promise<Visit> {
  const { runtime, access, options, link } = steps
  const { addresses, production } = options
  if (production && addresses.isExposed(c.env)) throw fail('https_required')
  const address = addresses.of(c.env, (name) => c.req.raw.headers.get(name))
  const client = { userAgent: c.req.header('user-agent'), address }
  const asking = { access, cookies: c.get('cookies'), request: c.req.raw, client }
  const known = await visitorOf(runtime, asking)
  const visitor = known === 'over' ? undefined : known
  if (visitor) c.set('user', visitor.user.id)
  const input: Omit<PageInput, 'visitor' | 'member'> = {
    runtime,
    development: !production,
    settings: options.settings,
    params: c.req.param(),
    query: new URL(c.req.url).searchParams,
    client,
    link,
    trouble: undefined,
  }
  return { known, input: inputOf(input, visitor) }
}

/** The same visit, later: whoever was signed in may not be any more, or may do less. */
async function visitAgain(visit: Visit, c: Context<Env>, { runtime }: Steps): Promise<Visit> {
  const { visitor } = visit.input
  if (!visitor) return visit
  const known = await visitorAgain(runtime, visitor, c.get('cookies'))
  return { known, input: inputOf(visit.input, known === 'over' ? undefined : known) }
}

function inputOf(
  input: Omit<PageInput, 'visitor' | 'member'>,
  visitor: Visitor | undefined,
): PageInput {
  return {
    ...input,
    visitor,
    member() {
      if (!visitor) throw new Error('a page for anybody asked who is signed in')
      return visitor
    },
  }
}

/**
 * The answer to who may not see a page: to sign in first, or no. A link on another site brings no cookie that is for this site alone;
 * so the browser is asked to come again, from here, and then it brings it.
 */
function refusal(
  page: Page,
  c: Context<Env>,
  { known, input }: Visit,
  { answers, link }: Steps,
): Response | undefined {
  const visitor = input.visitor
  if (visitor) {
    assertAdmitted(page.access, visitor.user)
    return undefined
  }
  const here = link(c.req.path) + new URL(c.req.url).search
  const crossed = c.req.method === 'GET' && c.req.header('sec-fetch-site') === 'cross-site'
  if (crossed && known === undefined) return answers.forward(here)
  if (page.access === 'anybody') return undefined
  const back = c.req.method === 'GET' ? here : link(fill(page.path, c.req.param()))
  const to = link(`/sign-in?return_to=${encodeURIComponent(back)}`)
  return answers.redirect(to, known === 'over' ? 'session_over' : undefined)
}

/** The answer to an administrator who signed in too long ago to change something: to say once more who they are. */
function confirmation(
  page: Page,
  { anyAge }: Form,
  c: Context<Env>,
  { input: { runtime, member } }: Visit,
  { answers, link }: Steps,
): Response | undefined {
  if (page.access !== 'admin' || anyAge) return undefined
  if (runtime.clock.now() - member().session.authenticatedAt <= recentSignInSeconds)
    return undefined
  const back = encodeURIComponent(link(fill(page.path, c.req.param())))
  return answers.redirect(link(`${confirmPath}?return_to=${back}`))
}

/** A page's path with what stood in the place of each `:name`. */
function fill(path: string, params: Readonly<Record<string, string>>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}
