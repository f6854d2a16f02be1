import { z } from 'zod'
import { failuresOf } from '../pipeline/failures-of.ts'
import { topicOf } from '../openapi/openapi.ts'
import { noContent, type Route } from '../pipeline/route.ts'
import { routes } from '../api/routes.ts'
import { html, type Html, type Piece } from './html.ts'
import type { Page } from './page.ts'
import { anchorOf } from './problem-kind.ts'

type Link = (path: string) => string

/** The reference of the API, from the list of routes: what each takes, what it answers, and what can go wrong. Nothing is loaded from elsewhere. */
export const docsPage: Page = {
  path: '/docs',
  summary: 'Every route, with examples',
  access: 'anybody',

  show({ link }) {
    const topics = [...Map.groupBy(routes, topicOf)]
    const main = html`<h1>The API of this server</h1>
      <p>
        For programs the same stands in <a href="${link('/openapi.json')}">openapi.json</a>. Send
        the access token as <code>Authorization: Bearer …</code>; a browser may have it in a cookie,
        and then only pages of this very site can change anything.
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
                      ${sentence(one.summary)}
                    </li>`,
                )}
              </ul>`,
        )}
      </nav>
      ${routes.map((one) => section(one, link))}`
    return { title: 'The API', main, wide: true }
  },
}

function section(one: Route, link: Link): Html {
  const { method, path, summary, body, query, example } = one
  const failures = failuresOf(one).map(
    (code) => html`<a href="${link(`/problems/${code}`)}"><code>${code}</code></a> `,
  )
  return html`<section class="card" id="${anchorOf(one)}">
    <h2><code>${method} ${path}</code></h2>
    <p>${sentence(summary)}.</p>
    <p>${who(one)} ${often(one)}</p>
    ${query && shape('Parameters after the ?', query, example.query)}
    ${body && shape('Body', body, example.body)} ${answer(one)}
    ${
      failures.length > 0 &&
      html`<details>
        <summary>What can go wrong</summary>
        <p>${failures}</p>
      </details>`
    }
  </section>`
}

/** What stands between backticks is code. */
function sentence(text: string): Piece {
  return text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))
}

function who({ access, maxAge }: Route): Piece {
  const age = maxAge !== undefined && ` who have signed in within the last ${maxAge / 60} minutes`
  switch (access) {
    case 'public':
      return 'For everybody.'
    case 'optional':
      return 'With a token or without.'
    case 'user':
      return html`For users${age}.`
    case 'admin':
      return html`For administrators${age}.`
  }
}

function often({ limit }: Route): string {
  if (typeof limit === 'object') return ''
  return limit === 'changes-per-user' ? 'Limited for each user.' : 'Limited for each address.'
}

function answer({ answer: shown, type = 'application/json', status, example }: Route): Html {
  if (shown === noContent) return html`<p>Answers 204 and nothing else.</p>`
  const title = `Answer ${status ?? 200}`
  if (/\bjson$/.test(type)) return shape(title, shown, example.answer)
  return html`<p>${title}, as <code>${type}</code>.</p>`
}

function shape(title: string, schema: z.ZodType, example: unknown): Html {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' })
  return html`<h3>${title}</h3>
    <pre tabindex="0"><code>${JSON.stringify(example, undefined, 2)}</code></pre>
    <details>
      <summary>Its shape, as JSON Schema</summary>
      <pre tabindex="0"><code>${JSON.stringify(described, undefined, 2)}</code></pre>
    </details>`
}
