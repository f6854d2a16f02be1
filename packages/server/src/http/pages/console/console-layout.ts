import { formErrorMessage } from '../fields.ts'
import { html, type Html, type HtmlContent } from '../html.ts'
import type { Form, PageInput, View } from '../page.ts'
import type { Phrase, Translate } from '../translation/translate.ts'

// pages/console/: the pages for administrators. Each section of the navigation below has a file;
// this one holds what they share: the navigation, tables, empty lists and pagers.

/** The sections of the console, in the order of its navigation. */
const sections = [
  ['/console', 'Overview'],
  ['/console/users', 'Users'],
  ['/console/invitations', 'Invitations'],
  ['/console/sessions', 'Sessions'],
  ['/console/clients', 'Clients'],
  ['/console/resources', 'Resources'],
  ['/console/tokens', 'API tokens'],
  ['/console/keys', 'Keys'],
  ['/console/audit-log', 'Audit log'],
  ['/console/mail', 'Mail'],
  ['/console/settings', 'Settings'],
] as const satisfies readonly (readonly [path: string, title: Phrase])[]

/** The path of a section. */
export type Section = (typeof sections)[number][0]

/** Renders a page of the console, with the navigation beside it. */
export function consoleView(
  { link, t }: Pick<PageInput, 'link' | 't'>,
  section: Section,
  { main, ...view }: Omit<View, 'language' | 'wide' | 'sheet'>,
): View {
  const framed = html`<div class="console">
    <nav class="sections" aria-label="${t('Console')}">
      <ul>
        ${sections.map(
          ([path, words]) =>
            html`<li>
              <a href="${link(path)}" ${path === section && html` aria-current="true"`}
                >${t(words)}</a
              >
            </li>`,
        )}
      </ul>
    </nav>
    <div class="section">${main}</div>
  </div>`
  return { ...view, main: framed, language: t.language, wide: true, sheet: 'console.css' }
}

/**
 * Renders a table, which scrolls horizontally if it is too wide. Its first column holds the row headers. On a phone each row becomes a card, whose
 * cells name their columns; the roles keep it a table for screen readers there.
 */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly HtmlContent[])[],
): Html {
  const row = ([first, ...rest]: readonly HtmlContent[]) =>
    html`<tr role="row">
      <th scope="row" role="rowheader">${first}</th>
      ${rest.map((cell, at) => html`<td role="cell" data-label="${heads[at + 1]}">${cell}</td>`)}
    </tr>`
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table role="table">
      <caption class="unseen">
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${heads.map((head) => html`<th scope="col" role="columnheader">${head}</th>`)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${rows.map(row)}
      </tbody>
    </table>
  </div>`
}

/** Renders words, such as scopes, as badges. */
export function badges(words: readonly string[]): Html {
  return words.length === 0
    ? html`–`
    : html`${words.map((one) => html`<span class="badge">${one}</span> `)}`
}

/** The question of a page before something is done that cannot be undone. */
export interface Question {
  readonly title: string
  readonly text: Html
  readonly form: Form
  /** The path that the form is submitted to, with its parameters. */
  readonly path: string
  /** Hidden fields of the form. */
  readonly fields?: Html
  readonly button: string
  /** The path that Cancel leads to. */
  readonly back: string
}

/** Renders a question: a page of its own, so that what it asks about does not happen by mistake. */
export function questionView(input: PageInput, section: Section, question: Question): View {
  const { title, text, form, path, fields, button, back } = question
  const { link, formError, t } = input
  const main = html`<section class="card narrow">
    <h1>${title}</h1>
    <p>${text}</p>
    <form method="post" action="${link(path)}" class="fields">
      ${formErrorMessage({ form: form.name, formError })} ${fields}
      <div class="row">
        <button class="danger">${button}</button>
        <a class="button" href="${link(back)}">${t('Cancel')}</a>
      </div>
    </form>
  </section>`
  return consoleView(input, section, { title, main })
}

/** Renders an empty list: what is missing, and what to do. */
export function emptyState(words: string, advice: HtmlContent): Html {
  return html`<div class="nothing">
    <p><strong>${words}</strong></p>
    <p class="intro">${advice}</p>
  </div>`
}

/** Renders the links of a paginated list: to its first page and its next one. */
export function pager(
  t: Translate,
  first: string | undefined,
  next: string | undefined,
  older: Phrase,
): Html | undefined {
  if (first === undefined && next === undefined) return undefined
  return html`<nav class="row pager" aria-label="${t('Pages')}">
    ${first !== undefined && html`<a class="button small" href="${first}">${t('First page')}</a>`}
    ${next !== undefined && html`<a class="button small" rel="next" href="${next}">${t(older)}</a>`}
  </nav>`
}

/** Returns a path with a query, without empty values: the URL holds the state of a list. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '')
  return kept.length === 0 ? path : `${path}?${new URLSearchParams(kept).toString()}`
}
