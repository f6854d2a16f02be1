import * as z from 'zod'
import { failuresOf } from '../../pipeline/route-failures.ts'
import { topicOf } from '../../openapi/openapi.ts'
import { noContent, type Route } from '../../pipeline/route.ts'
import { routes } from '../../api/routes.ts'
import { html, type Html, type HtmlContent } from '../html.ts'
import type { Page } from '../page.ts'
import { anchorOf } from './problem-type.ts'

type Link = (path: string) => string

/** The API reference, derived from the list of routes: what each takes, answers and fails with. It loads nothing from other origins. */
export const docsPage: Page = {
  path: '/docs',
  summary: 'Every route, with examples',
  access: 'public',

  render({ link }) {
    const topics = [...Map.groupBy(routes, topicOf)]
    const main = html`<h1>API reference</h1>
      <p>
        Programs find the same in <a href="${link('/openapi.json')}">openapi.json</a>. Send the
        access token as <code>Authorization: Bearer …</code>. A browser may have it in a cookie, and
        then only pages of this site can change anything.
      </p>
      <nav aria-label="Routes">
        ${topics.map(
          ([topic, list]) =>
            html`<h2>${topic}</h2>
              <ul>
                ${list.map(
                  (one) =>
                    html`<li>
                      <a href="#${anchorOf(one)}"><code>${one.method} ${one.path}</code></a>
                      ${inlineCode(one.summary)}
                    </li>`,
                )}
              </ul>`,
        )}
      </nav>
      ${routes.map((one) => section(one, link))}`
    return { title: 'API reference', main, wide: true }
  },
}

function section(one: Route, link: Link): Html {
  const { method, path, summary, body, query, example } = one
  const failures = failuresOf(one).map(
    (code) => html`<a href="${link(`/problems/${code}`)}"><code>${code}</code></a> `,
  )
  return html`<section class="card" id="${anchorOf(one)}">
    <h2><code>${method} ${path}</code></h2>
    <p>${inlineCode(summary)}.</p>
    <p>${accessOf(one)} ${limitOf(one)}</p>
    ${query && shape('Query parameters', query, example.query)}
    ${body && shape('Body', body, example.body)} ${answer(one)}
    ${
      failures.length > 0 &&
      html`<details>
        <summary>Failures</summary>
        <p>${failures}</p>
      </details>`
    }
  </section>`
}

/** Renders text between backticks as code. */
function inlineCode(text: string): HtmlContent {
  return text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))
}

function accessOf({ access, maxAge }: Route): HtmlContent {
  const age = maxAge !== undefined && ` who have signed in within the last ${maxAge / 60} minutes`
  switch (access) {
    case 'public':
      return 'Public.'
    case 'optional':
      return 'With or without a token.'
    case 'user':
      return html`For users${age}.`
    case 'openid':
      return 'For applications, with the scope openid.'
    case 'admin':
      return html`For administrators${age}.`
  }
}

function limitOf({ limit }: Route): string {
  if (typeof limit === 'object') return ''
  return limit === 'changes-per-user' ? 'Rate limited per user.' : 'Rate limited per address.'
}

function answer({ answer: shown, type = 'application/json', status, example }: Route): Html {
  if (shown === noContent) return html`<p>Answers 204 without a body.</p>`
  const title = `Answer ${status ?? 200}`
  if (/\bjson$/.test(type)) return shape(title, shown, example.answer)
  return html`<p>${title}, as <code>${type}</code>.</p>`
}

function shape(title: string, schema: z.ZodType, example: unknown): Html {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' })
  return html`<h3>${title}</h3>
    <pre tabindex="0"><code>${JSON.stringify(example, undefined, 2)}</code></pre>
    <details>
      <summary>JSON Schema</summary>
      <pre tabindex="0"><code>${JSON.stringify(described, undefined, 2)}</code></pre>
    </details>`
}
