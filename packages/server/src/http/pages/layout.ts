import { isAdministrator } from '../../domain/users/role.ts'
import type { Assets } from './assets.ts'
import { html, type Html } from './html.ts'
import { icon, mark } from './icons.ts'
import { notices, type Notice } from './notices.ts'
import type { View, Visitor } from './page.ts'

/** What surrounds a page. */
export interface Frame {
  readonly view: View
  /** The path of the page, which the navigation marks. */
  readonly path: string
  readonly visitor: Visitor | undefined
  readonly notice?: Notice | undefined
  /** Whether the page tells of a form that was sent in vain: the title says so first, for who cannot see it. */
  readonly troubled: boolean
  /** Where the browser goes by itself, at once. */
  readonly forward?: string | undefined
  readonly assets: Assets
  readonly link: (path: string) => string
}

/** The one layout of all pages. */
export function layout(frame: Frame): Html {
  const { view, troubled, forward, assets, link, notice } = frame
  const asset = (name: Parameters<Assets['pathOf']>[0]) => link(assets.pathOf(name))
  const title = `${troubled ? 'Not done: ' : ''}${view.title} · Countersign`
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        ${forward !== undefined && html`<meta http-equiv="refresh" content="0; url=${forward}" />`}
        <title>${title}</title>
        <link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml" />
        <link rel="stylesheet" href="${asset('style.css')}" />
        ${view.again !== undefined && html`<meta http-equiv="refresh" content="${view.again}" />`}
        ${view.sheet && html`<link rel="stylesheet" href="${asset(view.sheet)}" />`}
        ${view.script && html`<script type="module" src="${asset(view.script)}"></script>`}
      </head>
      <body${view.wide && html` class="wide"`}>
        <a class="skip" href="#main">Skip to the content</a>
        ${top(frame)}
        <main id="main" tabindex="-1">
          ${
            notice &&
            html`<div class="notice" role="status">
              ${icon('check')}
              <p>${notices[notice]}</p>
            </div>`
          }
          ${view.main}
        </main>
        <footer class="bottom">
          <p>Signed, then countersigned.</p>
          <a href="${link('/debugger')}">Token debugger</a>
        </footer>
      </body>
    </html> `
}

function top(frame: Frame): Html {
  const { visitor, link } = frame
  return html`<header class="top">
    <a class="wordmark" href="${link('/')}">${mark}<span>Countersign</span></a>
    ${visitor ? forMember(frame, visitor) : forGuest(frame)}
  </header>`
}

function forMember({ path, link }: Frame, { user }: Visitor): Html {
  const entry = (to: string, words: string) =>
    html`<li>
      <a href="${link(to)}" ${isWithin(path, to) && html` aria-current="page"`}>${words}</a>
    </li>`
  return html`<nav aria-label="Main">
      <ul>
        ${entry('/account', 'Account')} ${isAdministrator(user) && entry('/console', 'Console')}
      </ul>
    </nav>
    <form class="who" method="post" action="${link('/sign-out')}">
      <span class="name">${user.name}</span>
      <button class="quiet">${icon('door')}Sign out</button>
    </form>`
}

/** Where signing in is not what the page itself is about. */
function forGuest({ path, link }: Frame): Html | undefined {
  if (path === '' || path.startsWith('/sign-')) return undefined
  return html`<nav class="who" aria-label="Main">
    <a href="${link('/sign-in')}">Sign in</a>
  </nav>`
}

/** Whether a page is the one that an entry of the navigation leads to, or below it. */
function isWithin(path: string, entry: string): boolean {
  return path === entry || path.startsWith(`${entry}/`)
}
