import { isAdministrator } from '../../domain/users/role.ts'
import type { Assets } from './assets.ts'
import { html, type Html } from './html.ts'
import { icon, mark } from './icons.ts'
import { flashMessages, type FlashMessage } from './flash-messages.ts'
import type { View, Visitor } from './page.ts'
import { textsOf } from './texts.ts'
import { translateTo } from './translation/translate.ts'

/** The input of the layout. */
export interface LayoutInput {
  readonly view: View
  /** The path of the page, which is marked in the navigation. */
  readonly path: string
  readonly visitor: Visitor | undefined
  readonly flash?: FlashMessage | undefined
  /** True if the page shows a form's error; the title then begins with it, for screen readers. */
  readonly hasError: boolean
  readonly assets: Assets
  readonly link: (path: string) => string
}

/** Renders a page in the layout that all pages share. */
export function layout(input: LayoutInput): Html {
  const { view, hasError, assets, link, flash } = input
  const { forward } = view
  const asset = (name: Parameters<Assets['pathOf']>[0]) => link(assets.pathOf(name))
  const { frame } = textsOf(view.language)
  const t = translateTo(view.language)
  const title = `${hasError ? `${frame.error}: ` : ''}${view.title} · Countersign`
  return html`<!doctype html>
    <html lang="${view.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${forward !== undefined && html`<meta http-equiv="refresh" content="0; url=${forward}" />`}
        <title>${title}</title>
        <link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml" />
        <link rel="stylesheet" href="${asset('style.css')}" />
        ${view.reloadSeconds !== undefined && html`<meta http-equiv="refresh" content="${view.reloadSeconds}" />`}
        ${view.sheet && html`<link rel="stylesheet" href="${asset(view.sheet)}" />`}
        <script type="module" src="${asset('fields.js')}"></script>
        ${view.script && html`<script type="module" src="${asset(view.script)}"></script>`}
      </head>
      <body${view.wide && html` class="wide"`}>
        <a class="skip" href="#main">${frame.skip}</a>
        ${top(input)}
        <main id="main" tabindex="-1">
          ${
            flash &&
            html`<div class="notice" role="status">
              ${icon('check')}
              <p>${t(flashMessages[flash])}</p>
            </div>`
          }
          ${view.main}
        </main>
        <footer class="bottom">
          <p>${frame.motto}</p>
          <a href="${link('/debugger')}">${frame.debugger}</a>
        </footer>
      </body>
    </html> `
}

function top(input: LayoutInput): Html {
  const { visitor, link } = input
  return html`<header class="top">
    <a class="wordmark" href="${link('/')}">${mark}<span>Countersign</span></a>
    ${visitor ? forMember(input, visitor) : forGuest(input)}
  </header>`
}

function forMember({ path, link, view }: LayoutInput, { user }: Visitor): Html {
  const { frame } = textsOf(view.language)
  const entry = (to: string, words: string) =>
    html`<li>
      <a href="${link(to)}" ${isWithin(path, to) && html` aria-current="page"`}>${words}</a>
    </li>`
  return html`<nav aria-label="${frame.main}">
      <ul>
        ${entry('/account', frame.account)}
        ${isAdministrator(user) && entry('/console', frame.console)}
      </ul>
    </nav>
    <form class="who" method="post" action="${link('/sign-out')}">
      <span class="name">${user.name}</span>
      <button class="quiet">${icon('door')}<span class="label">${frame.signOut}</span></button>
    </form>`
}

/** Renders the sign-in link, except on the pages for signing in, up and out. */
function forGuest({ path, link, view }: LayoutInput): Html | undefined {
  if (path === '' || path.startsWith('/sign-')) return undefined
  const { frame } = textsOf(view.language)
  return html`<nav class="who" aria-label="${frame.main}">
    <a href="${link('/sign-in')}">${frame.signIn}</a>
  </nav>`
}

/** Returns whether a page is the one of a navigation entry, or below it. */
function isWithin(path: string, entry: string): boolean {
  return path === entry || path.startsWith(`${entry}/`)
}
