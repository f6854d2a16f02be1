import { html, type Html, type HtmlContent } from './html.ts'
import type { Page, PageInput } from './page.ts'

/** The tutorial to click through: in development only, for it knows the sample user. */
export const tour: Page = {
  path: '/',
  summary: 'Log in, see the token, call the guarded route, refresh, log out, and watch it die',
  access: 'public',
  connects: true,

  render(input) {
    const { link } = input
    const main = html`<div class="opening">
        <h1>Log in, get a token, guard a route</h1>
        <p class="intro">
          This server runs for development, on this machine only. Five steps show what it does. Each
          is a request, and the command for it stands below.
        </p>
      </div>
      <p class="aside warning scriptless">
        The buttons need script. The commands do the same, and
        <a href="${link('/sign-in')}">signing in</a> works without.
      </p>
      <ol class="steps">
        ${steps(input).map(step)}
      </ol>
      ${next(input)}`
    return { title: 'Tour', main, script: 'tour.js', sheet: 'tour.css' }
  },
}

/** One step: what it is about, what to do, and how that is done by command. */
interface Step {
  readonly name: string
  readonly title: string
  readonly says: string
  readonly act: HtmlContent
  readonly command?: string
}

function steps({ link, runtime }: PageInput): readonly Step[] {
  const { url } = runtime.issuer
  const json = '-H "Content-Type: application/json"'
  return [
    {
      name: 'login',
      title: 'Log in',
      says: 'A user name and a password, for two tokens: one to show with every request, and one to get the next with.',
      act: login(link('/sign-in')),
      command: `curl -X POST ${url}/login ${json} -d '{"username": "admin", "password": "password"}'`,
    },
    {
      name: 'look',
      title: 'Look at the token',
      says: 'How it is signed, what it says, and the signature. Anybody can read it; only this server can write it.',
      act: html`<p>
        <a id="to-debugger" class="button small" href="${link('/debugger')}" hidden>Explain it</a>
      </p>`,
    },
    {
      name: 'call',
      title: 'Call the guarded route',
      says: 'The guard checks the signature, and then what the token says. It asks nobody, so it takes microseconds.',
      act: html`${button('call', 'With the token', true)}${button('without', 'Without')}
      ${button('forge', 'With a forged one')}`,
      command: `curl ${url}/protected -H "Authorization: Bearer $TOKEN"`,
    },
    {
      name: 'refresh',
      title: 'Refresh',
      says: 'The token lives for minutes. The refresh token gets the next one, and is used up by that: whoever steals one is found out.',
      act: button('refresh', 'Refresh', true),
      command: `curl -X POST ${url}/refresh ${json} -d '{"refresh_token": "…"}'`,
    },
    {
      name: 'die',
      title: 'Log out, and watch it die',
      says: 'The session ends. Then the same token is shown once more, although its time has not come.',
      act: button('die', 'Log out', true),
      command: `curl -X POST ${url}/logout -H "Authorization: Bearer $TOKEN"`,
    },
  ]
}

function step({ name, title, says, act, command }: Step): Html {
  return html`<li class="card">
    <h2>${title}</h2>
    <p class="intro">${says}</p>
    <div class="row">${act}</div>
    <div id="out-${name}" class="out" role="status"></div>
    ${
      command !== undefined &&
      html`<details>
        <summary>The command</summary>
        <div>
          <pre
            tabindex="0"
            role="region"
            aria-label="Command: ${title}"
          ><code>${command}</code></pre>
        </div>
      </details>`
    }
  </li>`
}

/** Without script it signs in, by the page for that. */
function login(action: string): Html {
  return html`<form id="tour-login" method="post" action="${action}" class="row">
    <div class="field">
      <label for="tour-username">User name</label>
      <input id="tour-username" name="username" value="admin" autocomplete="username" />
    </div>
    <div class="field">
      <label for="tour-password">Password</label>
      <input
        id="tour-password"
        name="password"
        type="password"
        value="password"
        autocomplete="current-password"
      />
    </div>
    <button class="primary" data-step="login">Log in</button>
  </form>`
}

function button(name: string, words: string, primary = false): Html {
  return html`<button
    type="button"
    class="${primary ? 'primary' : 'plain'}"
    data-step="${name}"
    disabled
  >
    ${words}
  </button>`
}

function next({ link }: PageInput): Html {
  return html`<section class="card" aria-labelledby="next">
    <h2 id="next">What next?</h2>
    <ul class="plain">
      <li>
        <a href="${link('/sign-in')}">Sign in on a page</a>, and see your devices and what has
        happened.
      </li>
      <li>
        Look at <a href="${link('/.well-known/jwks.json')}">the keys</a> that tokens are checked
        with, and at
        <a href="${link('/.well-known/oauth-authorization-server')}"
          >what this server says of itself</a
        >.
      </li>
      <li>
        Put a guard in front of your own route: five lines in <code>README.md</code>, for six
        frameworks.
      </li>
    </ul>
  </section>`
}
