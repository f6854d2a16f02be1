import { html } from './html.ts'
import type { View } from './page.ts'

/** The members of a problem document that the page shows. */
export interface ProblemDetails {
  readonly status: number
  readonly message: string
  /** The id of the request. */
  readonly instance: string
}

/** Renders a problem that belongs to no form. */
export function errorView(one: ProblemDetails, link: (path: string) => string): View {
  const { status } = one
  const title = titles[status] ?? (status >= 500 ? 'Something went wrong' : 'Request failed')
  const main = html`<section class="card narrow">
    <p class="status">${status}</p>
    <h1>${title}</h1>
    <p>${one.message}.</p>
    <p><a class="button" href="${link('/')}">Go to home page</a></p>
    <p class="quietly">Request <code>${one.instance.replace('urn:uuid:', '')}</code></p>
  </section>`
  return { title, main, status }
}

const titles: Readonly<Record<number, string>> = {
  403: 'Not allowed',
  404: 'Page not found',
  405: 'Method not allowed',
  429: 'Too many requests',
  503: 'Service unavailable',
}

/** Renders the page that sends the browser to the same URL once more. */
export function forwardView(to: string): View {
  const main = html`<h1>Redirecting</h1>
    <p><a href="${to}">Continue</a></p>`
  return { title: 'Redirecting', main, forward: to }
}
