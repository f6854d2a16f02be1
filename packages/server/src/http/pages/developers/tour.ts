import { html, type Html, type HtmlContent } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import type { Phrase, Translate } from '../translation/translate.ts'

/** The tutorial to click through. In development only, since it uses the sample user. */
export const tour: Page = {
  path: '/',
  summary:
    'Sign in, see the token, call the guarded route, refresh, sign out, and see the token rejected',
  access: 'public',
  connects: true,

  render(input) {
    const { link, t } = input
    const main = html`<div class="opening">
        <h1>${t('Sign in, get a token, guard a route')}</h1>
        <p class="intro">
          ${t('This is a development server, on this machine only. Five steps show what it does. Each step is a request, with the command to send it yourself.')}
        </p>
      </div>
      <p class="aside warning scriptless">
        ${t.html('The buttons require JavaScript. The commands do the same, and {link} works without it.', { link: html`<a href="${link('/sign-in')}">${t('signing in')}</a>` })}
      </p>
      <ol class="steps">
        ${steps(input).map((one) => step(one, t))}
      </ol>
      ${next(input)}`
    return { title: t('Tour'), main, script: 'tour.js', sheet: 'tour.css', language: t.language }
  },
}

/** One step: its title, its explanation, its buttons, and the command that does the same. */
interface Step {
  readonly name: string
  readonly title: Phrase
  readonly says: Phrase
  readonly act: HtmlContent
  readonly command?: string
}

function steps({ link, runtime, t }: PageInput): readonly Step[] {
  const { url } = runtime.issuer
  const json = '-H "Content-Type: application/json"'
  return [
    {
      name: 'login',
      title: 'Sign in',
      says: 'Exchange a user name and a password for two tokens: an access token to send with every request, and a refresh token to get the next one.',
      act: login(link('/sign-in'), t),
      command: `curl -X POST ${url}/login ${json} -d '{"username": "admin", "password": "password"}'`,
    },
    {
      name: 'look',
      title: 'Inspect the token',
      says: 'Its header, its claims and its signature. Everyone can read a token; only this server can sign one.',
      act: html`<a id="to-debugger" class="button small" href="${link('/debugger')}" hidden
        >${t('Explain it')}</a
      >`,
    },
    {
      name: 'call',
      title: 'Call the guarded route',
      says: 'The guard verifies the signature, then the claims. It sends no request for that, so it takes microseconds.',
      act: html`${button('call', t('With the token'), true)}${button('without', t('Without a token'))}
      ${button('forge', t('With a forged token'))}`,
      command: `curl ${url}/protected -H "Authorization: Bearer $TOKEN"`,
    },
    {
      name: 'refresh',
      title: 'Refresh',
      says: 'An access token expires within minutes. A refresh token gets the next one and is then used up, so a stolen refresh token is detected.',
      act: button('refresh', t('Refresh'), true),
      command: `curl -X POST ${url}/refresh ${json} -d '{"refresh_token": "…"}'`,
    },
    {
      name: 'die',
      title: 'Sign out, and see it rejected',
      says: 'The session ends. Then the same token is sent once more, although it has not expired.',
      act: button('die', t('Sign out'), true),
      command: `curl -X POST ${url}/logout -H "Authorization: Bearer $TOKEN"`,
    },
  ]
}

function step({ name, title, says, act, command }: Step, t: Translate): Html {
  return html`<li class="card">
    <h2>${t(title)}</h2>
    <p class="intro">${t(says)}</p>
    <div class="row">
      ${act}${name !== 'login' && html`<p class="quietly waiting" hidden>${t('Sign in first.')}</p>`}
    </div>
    <div id="out-${name}" class="out" role="status"></div>
    ${
      command !== undefined &&
      html`<details>
        <summary>${t('Command')}</summary>
        <div>
          <pre
            tabindex="0"
            role="region"
            aria-label="${t('Command')}: ${t(title)}"
          ><code>${command}</code></pre>
        </div>
      </details>`
    }
  </li>`
}

/** Renders the form of the first step. Without JavaScript it submits to the sign-in page. */
function login(action: string, t: Translate): Html {
  return html`<form id="tour-login" method="post" action="${action}" class="row">
    <div class="field">
      <label for="tour-username">${t('User name')}</label>
      <input id="tour-username" name="username" value="admin" autocomplete="username" />
    </div>
    <div class="field">
      <label for="tour-password">${t('Password')}</label>
      <input
        id="tour-password"
        name="password"
        type="password"
        value="password"
        autocomplete="current-password"
      />
    </div>
    <button class="primary" data-step="login">${t('Sign in')}</button>
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

function next({ link, t }: PageInput): Html {
  const anchor = (path: string, text: Phrase) => html`<a href="${link(path)}">${t(text)}</a>`
  const metadata = anchor('/.well-known/oauth-authorization-server', 'the metadata of this server')
  const keys = anchor('/.well-known/jwks.json', 'the keys')
  return html`<section class="card" aria-labelledby="next">
    <h2 id="next">${t('Next steps')}</h2>
    <ul class="plain">
      <li>
        ${t.html('{link}, and see your devices and activity.', { link: anchor('/sign-in', 'Sign in on a page') })}
      </li>
      <li>${t.html('See {keys} that verify tokens, and {metadata}.', { keys, metadata })}</li>
      <li>
        ${t.html('Put a guard in front of your own route: five lines in {file}, for six frameworks.', { file: html`<code>README.md</code>` })}
      </li>
    </ul>
  </section>`
}
