import { fail } from '../../../failures.ts'
import { adviceOf } from '../../pipeline/problem-advice.ts'
import { callerFailures, failuresOf } from '../../pipeline/route-failures.ts'
import { routes } from '../../api/routes.ts'
import { html, inlineCode } from '../html.ts'
import type { Page } from '../page.ts'

/** Explains a type of problem: the page at the `type` of a problem document. */
export const problemTypePage: Page = {
  path: '/problems/:code',
  summary: 'Explain a problem and what to do about it',
  access: 'public',

  render({ params, link }) {
    const code = params['code'] ?? ''
    const failure = callerFailures.get(code)
    if (!failure) throw fail('route_unknown')
    const failing = routes.filter((one) => (failuresOf(one) as readonly string[]).includes(code))
    const places = failing.map(
      ({ method, path }) =>
        html`<li>
          <a href="${link('/docs')}#${anchorOf({ method, path })}"
            ><code>${method} ${path}</code></a
          >
        </li>`,
    )
    const main = html`<section class="card narrow">
      <p class="status">${failure.status}</p>
      <h1>${inlineCode(failure.message)}</h1>
      <p><code>${code}</code></p>
      <h2>What to do</h2>
      <p>${inlineCode(adviceOf(code, failure))}</p>
      ${
        failing.length > 0 &&
        html`<details>
          <summary>Routes that can fail with it</summary>
          <ul>
            ${places}
          </ul>
        </details>`
      }
    </section>`
    return { title: failure.message.replaceAll('`', ''), main }
  },
}

/** Returns the anchor of a route in the API reference. */
export function anchorOf({ method, path }: { readonly method: string; readonly path: string }) {
  return `${method}${path.replaceAll(/[^\w]+/g, '-')}`.toLowerCase()
}
