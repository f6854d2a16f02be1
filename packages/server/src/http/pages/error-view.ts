import { html } from './html.ts'
import type { View } from './page.ts'

/** Something that could not be done, as it is told to a person. */
export interface ProblemDetails {
  readonly status: number
  readonly message: string
  /** Names the request. */
  readonly instance: string
}

/** The page of a problem that belongs to no form. */
export function errorView(one: ProblemDetails, link: (path: string) => string): View {
  const { status } = one
  const title = titles[status] ?? (status >= 500 ? 'Something went wrong' : 'Not possible')
  const main = html`<section class="card narrow">
    <p class="status">${status}</p>
    <h1>${title}</h1>
    <p>${one.message}.</p>
    <p><a class="button" href="${link('/')}">Go to the beginning</a></p>
    <p class="quietly">Request <code>${one.instance.replace('urn:uuid:', '')}</code></p>
  </section>`
  return { title, main, status }
}

const titles: Readonly<Record<number, string>> = {
  403: 'Not allowed',
  404: 'Nothing here',
  429: 'Too fast',
  503: 'Busy',
}

/** The page that a browser goes through by itself. */
export function forwardView(to: string): View {
  const main = html`<h1>One moment</h1>
    <p><a href="${to}">Go on</a></p>`
  return { title: 'One moment', main }
}
