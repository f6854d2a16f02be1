import { passesCsrfCheck } from '@countersign/guard'
import { isCountersignError } from '@countersign/token'
import type { Context } from 'hono'
import { pendingSignInOf } from '../../domain/sessions/start-session.ts'
import { fail } from '../../failures.ts'
import { credentialsOf } from '../browser/cookies.ts'
import { recentSignInSeconds } from '../pipeline/access.ts'
import { handleRequest, type RequestContext } from '../pipeline/handle-request.ts'
import type { Env } from '../pipeline/middleware.ts'
import { readForm } from '../pipeline/read-input.ts'
import { changeSession } from './change-session.ts'
import { parseFields, toFormError } from './form-error.ts'
import type { Form, FormResult, Page, View } from './page.ts'
import { secondStepPath } from './sign-in/second-step.ts'
import {
  authorizedOf,
  authorizeVisitor,
  fillPath,
  inputOf,
  ownEndpoint,
  responseOf,
  type PagePipeline,
} from './serve-page.ts'
import { stepUpPath } from './sign-in/step-up.ts'
import type { MaybeVisitor } from './visitor.ts'

type Typed = Readonly<Record<string, string>>

/**
 * Answers a form: the steps of a JSON route, after a check that a page of this site sent it. The result is a redirect, or the page once more
 * with what is wrong.
 */
export function submitForm(page: Page, form: Form, c: Context<Env>, pipeline: PagePipeline) {
  let typed: ReturnType<typeof readForm> | undefined
  const readTyped = () => (typed ??= readForm({ request: c.req.raw, body: c.env.body }))
  return handleRequest<MaybeVisitor, Typed>(
    c,
    {
      endpoint: ownEndpoint('POST', form.path),
      limit: form.limit,
      confidential: true,
      assertSameOrigin() {
        // No token in a field: it would prove no more than the browser's own headers, which every browser sends since 2023 (Origin: 2020).
        if (!form.fromAnySite && !passesCsrfCheck(credentialsOf(c.req.raw), [pipeline.ownOrigin]))
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
        const result = await form.submit({ ...inputOf(c, context, pipeline), fields })
        return answerResult(page, result, c, context, pipeline)
      },
      onError: async (error, context) =>
        answerError({ page, form, typed: await readTyped() }, error, c, context, pipeline),
    },
    pipeline,
  )
}

/** Answers what a form returned: a redirect, or a view of what is shown once, for which no address could be used. */
async function answerResult(
  page: Page,
  result: FormResult | View,
  c: Context<Env>,
  context: RequestContext<MaybeVisitor>,
  pipeline: PagePipeline,
): Promise<Response> {
  const { responses, runtime } = pipeline
  const visitor = typeof context.caller === 'object' ? context.caller : undefined
  if ('main' in result) return responses.page(c, { page, view: result, visitor })
  const { to, flash, view, signedIn } = result
  await changeSession(runtime, result, context, c.get('cookies'))
  if (!view) return responses.redirect(to, flash)
  return responses.page(c, { page, view, visitor: signedIn ?? visitor })
}

/** Answers the failure of a form: with the page for a second step or for step-up if that is what is missing, else with the page once more. */
async function answerError(
  { page, form, typed }: { readonly page: Page; readonly form: Form; readonly typed: Typed },
  error: unknown,
  c: Context<Env>,
  context: RequestContext<MaybeVisitor>,
  pipeline: PagePipeline,
): Promise<Response> {
  const { responses, link } = pipeline
  const signIn = pendingSignInOf(error)
  if (signIn) {
    c.get('cookies').keepSignIn(signIn)
    return responses.redirect(link(secondStepPath(typed['return_to'])))
  }
  const needsStepUp = isCountersignError(error) && error.code === 'step_up_required'
  if (needsStepUp) return redirectToStepUp(page, c, pipeline)
  const formError = toFormError(form, error, typed, inputOf(c, context, pipeline).t)
  if (!formError) throw error
  // The visitor may have been signed out or demoted meanwhile, and the page shows only what its visitor may see now.
  const before = authorizedOf(context.caller)
  const now = await authorizeVisitor(page, c, context.client, pipeline, before)
  if (now instanceof Response) return now
  return responseOf(page, c, { ...context, ...now }, pipeline, { error, formError })
}

/** Redirects an administrator whose sign-in is too old to change something to the page that asks for a proof again. */
function requireRecentSignIn(
  page: Page,
  { allowOldSignIn }: Form,
  c: Context<Env>,
  visitor: MaybeVisitor,
  pipeline: PagePipeline,
): Response | undefined {
  if (page.access !== 'admin' || allowOldSignIn || typeof visitor !== 'object') return undefined
  const age = pipeline.runtime.clock.now() - visitor.session.authenticatedAt
  if (Math.abs(age) <= recentSignInSeconds) return undefined // below 0: the clock was set back since
  return redirectToStepUp(page, c, pipeline)
}

function redirectToStepUp(page: Page, c: Context<Env>, { responses, link }: PagePipeline) {
  const back = link(fillPath(page.path, c.req.param()))
  return responses.redirect(link(stepUpPath(back)))
}
