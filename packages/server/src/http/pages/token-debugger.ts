import { html, type Html } from './html.ts'
import type { Page } from './page.ts'

/** Any token explained, in the browser alone. */
export const tokenDebugger: Page = {
  path: '/debugger',
  summary: 'Paste any token and see what it says and what is wrong with it; it is sent nowhere',
  access: 'public',

  render({ runtime }) {
    const main = html`<div class="opening">
        <h1>Token debugger</h1>
        <p class="intro">
          Paste a token. It is taken apart and explained here, in your browser, and sent nowhere:
          this page is not even allowed to send anything.
        </p>
      </div>
      <p class="aside warning scriptless">
        This page needs script. Without it the token would have to be sent to this server, which is
        what it is made to avoid.
      </p>
      <div class="columns">
        ${given(JSON.stringify(runtime.issuer.published(), null, 2))}
        <section class="card" aria-labelledby="found">
          <h2 id="found">Found</h2>
          <div id="verdict" role="status"></div>
          <div id="details" class="details"></div>
        </section>
      </div>`
    return { title: 'Token debugger', main, script: 'debugger.js', sheet: 'tour.css', wide: true }
  },
}

function given(keys: string): Html {
  return html`<section class="card" aria-labelledby="given">
    <h2 id="given">Given</h2>
    <div class="field">
      <label for="debugger-token">Token</label>
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
      <label for="debugger-keys">Keys to check it with</label>
      <p class="hint" id="debugger-keys-hint">
        This server’s own are filled in. A JWKS, a JWK, a public key in PEM, or for HS256 and its
        like the secret.
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
