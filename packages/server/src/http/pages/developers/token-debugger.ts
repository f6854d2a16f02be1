import { html, type Html } from '../html.ts'
import type { Page } from '../page.ts'
import type { Translate } from '../translation/translate.ts'

/** The token debugger: it explains any token, in the browser alone. */
export const tokenDebugger: Page = {
  path: '/debugger',
  summary: 'Paste any token and see what it contains and what is wrong with it; it is never sent',
  access: 'public',

  render({ runtime, t }) {
    const main = html`<div class="opening">
        <h1>${t('Token debugger')}</h1>
        <p class="intro">
          ${t('Paste a token. It is decoded and explained here, in your browser, and never sent: this page’s security policy forbids sending anything.')}
        </p>
      </div>
      <p class="aside warning scriptless">
        ${t('This page requires JavaScript. Without it you would have to send the token to this server, which this page is made to avoid.')}
      </p>
      <div class="columns">
        ${inputCard(JSON.stringify(runtime.issuer.published(), null, 2), t)}
        <section class="card" aria-labelledby="found">
          <h2 id="found">${t('Result')}</h2>
          <div id="verdict" role="status"></div>
          <div id="details" class="details"></div>
        </section>
      </div>`
    return {
      title: t('Token debugger'),
      main,
      script: 'debugger.js',
      sheet: 'tour.css',
      wide: true,
      language: t.language,
    }
  },
}

function inputCard(keys: string, t: Translate): Html {
  return html`<section class="card" aria-labelledby="given">
    <h2 id="given">${t('Input')}</h2>
    <div class="field">
      <label for="debugger-token">${t('Token')}</label>
      <textarea
        id="debugger-token"
        class="code"
        rows="9"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        placeholder="eyJhbGciOi…"
        autofocus
      ></textarea>
    </div>
    <div class="field">
      <label for="debugger-keys">${t('Keys to verify it with')}</label>
      <p class="hint" id="debugger-keys-hint">
        ${t('A JWKS, a JWK, a public key in PEM, or for HS256, HS384 and HS512 the secret. This server’s own keys are filled in.')}
      </p>
      <textarea
        id="debugger-keys"
        class="code"
        rows="8"
        autocomplete="off"
        autocapitalize="none"
        spellcheck="false"
        aria-describedby="debugger-keys-hint"
      >
${keys}</textarea>
    </div>
  </section>`
}
