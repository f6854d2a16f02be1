import { html, type Html, type Piece } from '../html.ts'
import type { PageInput, View } from '../page.ts'

/** The sections of the console, in the order of its navigation. */
const sections = [
  ['/console', 'Overview'],
  ['/console/users', 'Users'],
  ['/console/sessions', 'Sessions'],
  ['/console/keys', 'Keys'],
  ['/console/audit-log', 'Audit log'],
  ['/console/settings', 'Settings'],
] as const

/** The path of a section. */
export type Section = (typeof sections)[number][0]

/** A page of the console: the navigation of its sections beside what it shows. */
export function consoleView(
  { link }: Pick<PageInput, 'link'>,
  section: Section,
  { main, ...view }: View,
): View {
  const framed = html`<div class="console">
    <nav class="sections" aria-label="Console">
      <ul>
        ${sections.map(
          ([path, words]) =>
            html`<li>
              <a href="${link(path)}" ${path === section && html` aria-current="true"`}>${words}</a>
            </li>`,
        )}
      </ul>
    </nav>
    <div class="section">${main}</div>
  </div>`
  return { ...view, main: framed, wide: true, sheet: 'console.css' }
}

/** A table that scrolls by itself where it is too wide. Its first column heads each row. */
export function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly Piece[])[],
): Html {
  const row = ([first, ...rest]: readonly Piece[]) =>
    html`<tr>
      <th scope="row">${first}</th>
      ${rest.map((cell) => html`<td>${cell}</td>`)}
    </tr>`
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption class="unseen">
        ${caption}
      </caption>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(row)}
      </tbody>
    </table>
  </div>`
}

/** What a list says when it is empty, and what to do about it. */
export function nothing(words: string, advice: Piece): Html {
  return html`<div class="nothing">
    <p><strong>${words}</strong></p>
    <p class="intro">${advice}</p>
  </div>`
}

/** The ways out of a page of a list: back to its beginning, and on. */
export function pager(first: string | undefined, next: string | undefined, older: string): Html {
  return html`<nav class="row pager" aria-label="Pages">
    ${first !== undefined && html`<a class="button small" href="${first}">To the beginning</a>`}
    ${next !== undefined && html`<a class="button small" rel="next" href="${next}">${older}</a>`}
  </nav>`
}

/** A path with a query, without what is empty: the state of a list is its address. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '')
  return kept.length === 0 ? path : `${path}?${new URLSearchParams(kept).toString()}`
}
