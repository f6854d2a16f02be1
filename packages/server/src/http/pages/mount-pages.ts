import { createAccess } from '../pipeline/access.ts'
import { wantsPage } from '../pipeline/error-page.ts'
import type { App, Endpoint } from '../pipeline/middleware.ts'
import { parseLanguage } from '../browser/language.ts'
import { createAssets, isAssetPath } from './assets.ts'
import type { Page } from './page.ts'
import { createPageResponses } from './page-response.ts'
import {
  fillPath,
  ownEndpoint,
  renderPage,
  type PageOptions,
  type PagePipeline,
} from './serve-page.ts'
import { submitForm } from './submit-form.ts'

// pages/: what people see in a browser: the account, the administrators' console, and the documentation of the API.
// Each page is a value (page.ts) on the list pages.ts; this file mounts them, and serve-page.ts answers their requests. The pages have a folder
// for each subject: sign-in/, account/, oauth/ (what applications send users to), console/ and developers/.

/** The pages of a server. */
export interface Pages {
  /** Every path that they mount. */
  readonly endpoints: readonly Endpoint[]
  mountOn(app: App): void
  /** Returns whether a path is that of an asset, of this version or of another during a rollout. */
  isAsset(path: string): boolean
  /** Turns a problem document into a page. */
  errorPage(problem: Response, request: Request): Promise<Response>
}

/** The path of assets. */
export const assetPath = '/assets/:version/:name'

/** The endpoints of a page: the page, where its forms are sent, and GET of a form's address, which redirects to the page. */
function endpointsOf({ path, forms = [] }: Page): readonly Endpoint[] {
  return [
    ownEndpoint('GET', path),
    ...forms.flatMap((one) => [ownEndpoint('POST', one.path), ownEndpoint('GET', one.path)]),
  ]
}

/** Makes the pages. Only pages of this site may send their forms, so the list of origins holds this server's own alone. */
export function createPages(pages: readonly Page[], options: PageOptions): Pages {
  const { runtime, cookieNames, ownOrigin } = options
  const { pathname } = new URL(runtime.issuer.url)
  const link = (path: string) => (pathname === '/' ? path : pathname + path)
  const assets = createAssets()
  const responses = createPageResponses({ runtime, assets, link, cookieName: cookieNames.notice })
  const access = createAccess(runtime, { name: cookieNames.access, origins: [ownOrigin] })
  const startedAt = runtime.clock.now()
  const pipeline: PagePipeline = { ...options, startedAt, access, responses, link }
  return {
    endpoints: [ownEndpoint('GET', assetPath), ...pages.flatMap(endpointsOf)],
    errorPage: (problem, { headers }) =>
      responses.problem(
        problem,
        parseLanguage(headers.get('accept-language') ?? undefined) ?? 'en',
      ),
    isAsset: isAssetPath,
    mountOn(app) {
      app.get(assetPath, async (c) => {
        c.set('route', ownEndpoint('GET', '/assets'))
        const { version, name } = c.req.param()
        const answer = await assets.answer(version, name, c.req.header('accept-encoding') ?? '')
        return answer ?? c.notFound()
      })
      // People open the address of the API's route; programs learn its method.
      app.get('/login', (c, next) =>
        wantsPage(c.req.raw) ? Promise.resolve(responses.redirect(link('/sign-in'))) : next(),
      )
      for (const page of pages) {
        app.get(page.path, (c) => renderPage(page, c, pipeline))
        for (const one of page.forms ?? []) {
          app.post(one.path, (c) => submitForm(page, one, c, pipeline))
          // A reload of a page that shows a form's error requests the form's own address.
          if (one.path !== page.path)
            app.get(one.path, (c) => responses.redirect(link(fillPath(page.path, c.req.param()))))
        }
      }
    },
  }
}
