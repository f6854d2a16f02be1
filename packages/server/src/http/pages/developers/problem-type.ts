import { fail } from '../../../failures.ts'
import { adviceOf } from '../../pipeline/problem-advice.ts'
import { callerFailures, failuresOf } from '../../pipeline/route-failures.ts'
import { routes } from '../../api/routes.ts'
import { html, inlineCode } from '../html.ts'
import type { Page } from '../page.ts'
import { sentenceOf } from '../translation/translate-error.ts'

/** Explains a type of problem: the page at the `type` of a problem document. */
export const problemTypePage: Page = {
  path: '/problems/:code',
  summary: 'Explain a problem and what to do about it',
  access: 'public',

  render({ params, link, t }) {
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
    const english = failure.message
    const title =
      t.language === 'en' ? english : sentenceOf(code, english, t.language).replace(/\.$/, '')
    const main = html`<section class="card narrow">
      <p class="status">${failure.status}</p>
      <h1>${inlineCode(title)}</h1>
      <p><code>${code}</code></p>
      ${
        t.language !== 'en' &&
        html`<p class="quietly">
          ${t.html('The message for programs: {message}', { message: html`<span lang="en">${inlineCode(english)}</span>` })}
        </p>`
      }
      <h2>${t('What to do')}</h2>
      <p>${inlineCode(t(adviceOf(code, failure)))}</p>
      ${
        failing.length > 0 &&
        html`<details>
          <summary>${t('Routes that can fail with it')}</summary>
          <ul>
            ${places}
          </ul>
        </details>`
      }
    </section>`
    return { title: title.replaceAll('`', ''), main, language: t.language }
  },
}

/** Returns the anchor of a route in the API reference. */
export function anchorOf({ method, path }: { readonly method: string; readonly path: string }) {
  return `${method}${path.replaceAll(/[^\w]+/g, '-')}`.toLowerCase()
}
