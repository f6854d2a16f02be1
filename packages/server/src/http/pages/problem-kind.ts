import { fail } from '../../failures.ts'
import { adviceOf } from '../pipeline/advice.ts'
import { callerFailures, failuresOf } from '../pipeline/failures-of.ts'
import { routes } from '../api/routes.ts'
import { html } from './html.ts'
import type { Page } from './page.ts'

/** What a problem means, and what to do: where the `type` of a problem document leads somebody with a browser. */
export const problemKindPage: Page = {
  path: '/problems/:code',
  summary: 'What a problem means, and what to do',
  access: 'anybody',

  show({ params, link }) {
    const code = params['code'] ?? ''
    const failure = callerFailures.get(code)
    if (!failure) throw fail('route_unknown')
    const met = routes.filter((one) => (failuresOf(one) as readonly string[]).includes(code))
    const places = met.map(
      ({ method, path }) =>
        html`<li>
          <a href="${link('/docs')}#${anchorOf({ method, path })}"
            ><code>${method} ${path}</code></a
          >
        </li>`,
    )
    const main = html`<section class="card narrow">
      <p class="status">${failure.status}</p>
      <h1>${failure.message}</h1>
      <p><code>${code}</code></p>
      <h2>What to do</h2>
      <p>${adviceOf(code, failure)}</p>
      ${
        met.length > 0 &&
        html`<details>
          <summary>Where it can happen</summary>
          <ul>
            ${places}
          </ul>
        </details>`
      }
    </section>`
    return { title: failure.message, main }
  },
}

/** Where a route stands on the page of all routes. */
export function anchorOf({ method, path }: { readonly method: string; readonly path: string }) {
  return `${method}${path.replaceAll(/[^\w]+/g, '-')}`.toLowerCase()
}
