import { callerFailures } from '../pipeline/route-failures.ts'
import { html, inlineCode } from './html.ts'
import type { View } from './page.ts'
import { sentenceOf } from './translation/translate-error.ts'
import type { Phrase, Translate } from './translation/translate.ts'

/** The members of a problem document that the page shows. */
export interface ProblemDetails {
  readonly status: number
  readonly code: string
  readonly message: string
  /** The id of the request. */
  readonly instance: string
}

/** Renders a problem that belongs to no form. */
export function errorView(one: ProblemDetails, link: (path: string) => string, t: Translate): View {
  const { status } = one
  const title = t(titles[status] ?? (status >= 500 ? 'Something went wrong' : 'Request failed'))
  const message = sentenceOf(one.code, one.message, t.language)
  const hasDetails = one.message !== callerFailures.get(one.code)?.message
  const main = html`<section class="card narrow problem">
    <p class="status">${status}</p>
    <h1>${title}</h1>
    <p>${inlineCode(message)}</p>
    ${
      t.language !== 'en' &&
      hasDetails &&
      html`<p class="quietly" lang="en">${inlineCode(one.message)}</p>`
    }
    <p><a class="button" href="${link('/')}">${t('Go to home page')}</a></p>
    <p class="quietly">${t('Request')} <code>${one.instance.replace('urn:uuid:', '')}</code></p>
  </section>`
  return { title, main, status, language: t.language }
}

const titles: Readonly<Record<number, Phrase>> = {
  403: 'Not allowed',
  404: 'Page not found',
  405: 'Method not allowed',
  429: 'Too many requests',
  503: 'Service unavailable',
}

/** Renders the page that sends the browser to the same URL once more. */
export function forwardView(to: string, t: Translate): View {
  const title = t('Redirecting')
  const main = html`<h1>${title}</h1>
    <p><a href="${to}">${t('Continue')}</a></p>`
  return { title, main, forward: to, language: t.language }
}
