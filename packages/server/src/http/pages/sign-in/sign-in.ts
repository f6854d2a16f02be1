import * as z from 'zod'
import { signInCodePage } from '../../../domain/authentication/sign-in-with-code.ts'
import { signInWithPasskey } from '../../../domain/authentication/sign-in-with-passkey.ts'
import { signIn } from '../../../domain/authentication/sign-in.ts'
import { foldEmail } from '../../../domain/users/email.ts'
import { beginFederatedSignIn } from '../../../domain/federation/begin-federated-sign-in.ts'
import { fail } from '../../../failures.ts'
import { invitation, password, username } from '../../api/schemas.ts'
import { hiddenReturn } from './factor-fields.ts'
import { field, formErrorMessage } from '../fields.ts'
import { html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { passkeyForm, passkeyTextsOf, typedSignature } from './passkey-form.ts'
import { goingToProvider, providerButtons, providerPath } from './provider-buttons.ts'
import { parseReturnPath } from '../return-path.ts'
import { textsOf } from '../texts.ts'

const signInForm = form({
  name: 'sign-in',
  path: '/sign-in',
  limit: 'attempts-per-address', // `signIn` also slows down attempts at one user
  fields: z.object({ username, password, return_to: z.string().optional() }),
  echoedFields: ['username', 'return_to'],
  fieldErrors: {
    credentials_wrong: { message: 'The user name or the password is wrong.' },
  },
  async submit({ fields, runtime, client, link }) {
    const login = await loginOf(runtime, fields.username)
    const signedIn = await signIn(runtime, login, fields.password, client)
    return { to: parseReturnPath(fields.return_to) ?? link('/account'), signedIn }
  },
})

const byPasskey = form({
  name: 'passkey',
  path: '/sign-in/passkey',
  limit: 'attempts-per-address',
  fields: z.object({ passkey: typedSignature, return_to: z.string().optional() }),
  echoedFields: ['return_to'],
  async submit({ fields, runtime, client, link }) {
    const signedIn = await signInWithPasskey(runtime, fields.passkey, client)
    return { to: parseReturnPath(fields.return_to) ?? link('/account'), signedIn }
  },
})

const byProvider = form({
  name: 'provider',
  path: providerPath,
  limit: 'attempts-per-address',
  fields: z.object({
    return_to: z.string().optional(),
    invitation: invitation.or(z.literal('')).optional(),
    again: z.string().optional(),
  }),
  echoedFields: ['return_to'],
  async submit({ fields, params, runtime, language, bindBrowser }) {
    const browser = bindBrowser()
    if (!browser) throw fail('cookies_cross_site')
    const name = params['provider'] ?? ''
    const url = await beginFederatedSignIn(runtime, name, {
      browser,
      returnTo: parseReturnPath(fields.return_to),
      invitation: fields.invitation || undefined,
      again: fields.again === '1',
    })
    return goingToProvider(runtime.identityProviders.get(name)?.title ?? name, url, language)
  },
})

/** The sign-in page, which returns to the page that was requested. */
export const signInPage: Page = {
  path: '/sign-in',
  summary: 'Sign in; `return_to` is the path of this site to open afterwards',
  access: 'public',
  connects: true, // for the options of a passkey: only what asks for them makes a challenge
  forms: [signInForm, byPasskey, byProvider],

  async render(input) {
    const { formError, link, visitor, query, language, t } = input
    const returnTo = parseReturnPath(formError?.typed['return_to'] ?? query.get('return_to'))
    if (visitor && !formError && !query.has('again')) return { to: returnTo ?? link('/account') }
    const texts = textsOf(language)
    const of = { form: signInForm.name, formError, t }
    const main = html`<section class="card narrow">
      <h1>${texts.start.title}</h1>
      ${await firstSteps(input)}
      <form method="post" action="${link('/sign-in')}" class="fields">
        ${formErrorMessage(of)}
        ${field(of, {
          name: 'username',
          label: texts.start.name,
          type: 'text',
          first: true,
          autocomplete: 'username webauthn',
        })}
        ${field(of, {
          name: 'password',
          label: texts.password,
          type: 'password',
          autocomplete: 'current-password',
        })}
        ${hiddenReturn(returnTo)}
        <button class="primary">${texts.start.title}</button>
      </form>
      ${passkeyForm({
        of: { form: byPasskey.name, formError, t },
        to: link(byPasskey.path),
        options: { from: link('/login/passkey/options') },
        button: passkeyTextsOf(language).signIn,
        language,
        fields: hiddenReturn(returnTo),
      })}
      ${providerButtons(input, { form: byProvider.name, formError, t }, hiddenReturn(returnTo))}
      ${forgotten(input)} ${registration(input)}
    </section>`
    return { title: texts.start.title, main, language, script: 'passkeys.js' }
  },
}

/** Returns what was typed as a name, or as an address if it is one that a user has verified. */
async function loginOf({ store }: PageInput['runtime'], typed: string) {
  if (!typed.includes('@')) return typed
  const user = await store.users.findByEmail(foldEmail(typed.trim()))
  return user?.emailVerifiedAt != null ? { email: typed.trim() } : typed
}

/** Renders who can sign in on a new server: the sample user, or how to create the first user. */
async function firstSteps({ development, runtime, t }: PageInput) {
  if (development)
    return html`<p class="aside">
      ${t.html('Development: sign in as {user} with {password}.', { user: html`<code>admin</code>`, password: html`<code>password</code>` })}
    </p>`
  const users = await runtime.store.users.list({ limit: 1 })
  if (users.length > 0) return undefined
  return html`<div class="aside">
    <p>
      ${t('There are no users yet. The operator creates the first one, with the settings of this server:')}
    </p>
    <pre
      tabindex="0"
      aria-label="${t('Command')}"
    ><code>countersign user add ada --roles admin</code></pre>
  </div>`
}

/** Renders the way to a new password: by mail, or whom to ask. */
function forgotten({ runtime, link, language }: PageInput) {
  const { start } = textsOf(language)
  const { enabled, signInCodes } = runtime.policies.mail
  return enabled
    ? html`<p class="beneath">
        <a href="${link('/forgot-password')}">${start.forgot}</a
        >${signInCodes && html` · <a href="${link(signInCodePage)}">${start.byCode}</a>`}
      </p>`
    : html`<p class="beneath">${start.askAdministrator}</p>`
}

function registration({ runtime, link, language }: PageInput) {
  const { start } = textsOf(language)
  const { registration: policy } = runtime.policies.users
  if (policy === 'closed') return undefined
  const question = policy === 'open' ? start.isNew : start.isInvited
  return html`<p class="beneath">${question} <a href="${link('/sign-up')}">${start.signUp}</a></p>`
}
