import * as z from 'zod'
import { failuresOf } from '../../pipeline/route-failures.ts'
import { topicOf } from '../../openapi/openapi.ts'
import { noContent, type Route } from '../../pipeline/route.ts'
import { routes } from '../../api/routes.ts'
import { html, inlineCode, type Html } from '../html.ts'
import { copyable } from '../fields.ts'
import type { Page, PageInput } from '../page.ts'
import type { Translate } from '../translation/translate.ts'
import { anchorOf } from './problem-type.ts'

type Input = Pick<PageInput, 'link' | 'runtime' | 'development' | 't'>

/**
 * The API reference, derived from the list of routes: what each takes, answers and fails with, and the command that sends it. It loads nothing from
 * other origins. What OpenAPI documents have as well stays in English: the summaries of routes, JSON and names.
 */
export const docsPage: Page = {
  path: '/docs',
  summary:
    'Every route, with examples and commands to copy; in development with a form that sends a request',
  access: 'public',
  render: (input) => ({
    title: input.t('API reference'),
    language: input.t.language,
    main: reference(input),
    wide: true,
    script: 'docs.js',
    sheet: 'docs.css',
  }),
}

/** The same on a development server, where its script may send requests. */
export const developmentDocsPage: Page = { ...docsPage, connects: true }

function reference(input: Input): Html {
  const { link, t } = input
  const topics = [...Map.groupBy(routes, topicOf)]
  return html`<div class="reference">
    <nav class="contents" aria-label="${t('Routes')}">
      <div class="field" id="find" hidden>
        <label for="find-route">${t('Find a route')}</label>
        <input id="find-route" type="search" autocomplete="off" spellcheck="false" />
      </div>
      ${topics.map(
        ([topic, list]) =>
          html`<h2>${t(topic)}</h2>
            <ul>
              ${list.map(
                (one) =>
                  html`<li data-route="${anchorOf(one)}">
                    <a href="#${anchorOf(one)}" lang="en" title="${one.summary.replaceAll('`', '')}"
                      ><span class="method">${one.method}</span> ${one.path}</a
                    >
                  </li>`,
              )}
            </ul>`,
      )}
    </nav>
    <div class="routes">
      <h1>${t('API reference')}</h1>
      <p>
        ${t.html('Programs find the same in {file}. Send the access token as {header}. A browser may have it in a cookie, and then only pages of this site can change anything.', { file: html`<a href="${link('/openapi.json')}">openapi.json</a>`, header: html`<code>Authorization: Bearer …</code>` })}
      </p>
      <p id="no-route" role="status" hidden>${t('No route has this text.')}</p>
      ${routes.map((one) => section(one, input))}
    </div>
  </div>`
}

function section(one: Route, input: Input): Html {
  const { method, path, summary, body, query, example } = one
  const { t, link } = input
  const failures = failuresOf(one).map(
    (code) => html`<a href="${link(`/problems/${code}`)}"><code>${code}</code></a> `,
  )
  return html`<section class="card" id="${anchorOf(one)}">
    <h2><code>${method} ${path}</code></h2>
    <p lang="en">${inlineCode(summary)}.</p>
    <p>${accessOf(one, t)} ${limitOf(one, t)}</p>
    ${copyable(t('Command'), commandOf(one, input.runtime.issuer.url), t)}
    ${input.development && trial(one, input)}
    ${query && shape(t('Query parameters'), query, example.query)}
    ${body && shape(t('Body'), body, example.body)} ${answer(one, t)}
    ${
      failures.length > 0 &&
      html`<details>
        <summary>${t('Failures')}</summary>
        <p>${failures}</p>
      </details>`
    }
  </section>`
}

/** Returns the path of an example, with its query. */
function pathOf({ path, example }: Route): string {
  const query = Object.entries(example.query ?? {}).map(([name, value]) => [name, String(value)])
  return query.length === 0 ? path : `${path}?${new URLSearchParams(query).toString()}`
}

/** Returns the command that sends a request as in the example. A quote in its JSON ends no text of the shell. */
function commandOf(one: Route, url: string): string {
  const { method, access, form, example } = one
  const type = form ? 'application/x-www-form-urlencoded' : 'application/json'
  const body = form
    ? new URLSearchParams(example.body as Record<string, string>).toString() // forms have texts only
    : JSON.stringify(example.body)
  return [
    `curl${method === 'GET' ? '' : ` -X ${method}`} '${url}${pathOf(one)}'`,
    ...(access === 'public' ? [] : [`-H "Authorization: Bearer $TOKEN"`]),
    ...(example.body === undefined
      ? []
      : [`-H 'Content-Type: ${type}'`, `-d '${body.replaceAll("'", String.raw`'\\''`)}'`]),
  ].join(' \\\n  ')
}

/** Renders the form that sends a request to a development server: `docs.js` makes it appear. */
function trial(one: Route, { link, t }: Input): Html {
  const { method, access, form, example } = one
  const id = `try-${anchorOf(one)}`
  return html`<details class="trial" data-method="${method}" data-form="${form && 'yes'}" hidden>
    <summary>${t('Try it')}</summary>
    <form class="fields">
      <div class="field">
        <label for="${id}-path">${t('Path')}</label>
        <input id="${id}-path" name="path" value="${link(pathOf(one))}" spellcheck="false" />
      </div>
      ${
        access !== 'public' &&
        html`<div class="field">
          <label for="${id}-token">${t('Access token')}</label>
          <input id="${id}-token" name="token" autocomplete="off" spellcheck="false" />
        </div>`
      }
      ${
        example.body !== undefined &&
        html`<div class="field">
          <label for="${id}-body">${t('Body, as JSON')}</label>
          <textarea id="${id}-body" name="body" class="code" spellcheck="false">
${JSON.stringify(example.body, undefined, 2)}</textarea>
        </div>`
      }
      <button>${t('Send')}</button>
    </form>
    <div class="out" role="status"></div>
  </details>`
}

function accessOf({ access, maxAge }: Route, t: Translate): string {
  const minutes = maxAge === undefined ? undefined : maxAge / 60
  switch (access) {
    case 'public':
      return t('Public.')
    case 'optional':
      return t('With or without a token.')
    case 'user':
      if (minutes === undefined) return t('For users.')
      return t('For users who have signed in within the last {minutes} minutes.', { minutes })
    case 'openid':
      return t('For applications, with the scope openid.')
    case 'admin':
      if (minutes === undefined) return t('For administrators.')
      return t('For administrators who have signed in within the last {minutes} minutes.', {
        minutes,
      })
  }
}

function limitOf({ limit }: Route, t: Translate): string {
  if (typeof limit === 'object') return ''
  return limit === 'changes-per-user' ? t('Rate limited per user.') : t('Rate limited per address.')
}

function answer(one: Route, t: Translate): Html {
  const { answer: shown, type = 'application/json', status = 200, example } = one
  if (shown === noContent) return html`<p>${t('Answers 204 without a body.')}</p>`
  if (/\bjson$/.test(type)) return shape(t('Answer {status}', { status }), shown, example.answer)
  return html`<p>
    ${t.html('Answer {status}, as {type}.', { status, type: html`<code>${type}</code>` })}
  </p>`
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
