import { z } from 'zod'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { password, username } from '../api/schemas.ts'
import { field, formFault } from './fields.ts'
import { html } from './html.ts'
import { form, type Page, type PageInput } from './page.ts'
import { parseReturnPath } from './return-path.ts'

const signInForm = form({
  name: 'sign-in',
  path: '/sign-in',
  limit: 'attempts-per-address', // and guesses at one user are slowed down by `signIn`
  fields: z.object({ username, password, return_to: z.string().optional() }),
  echoes: ['username', 'return_to'],
  faults: {
    credentials_wrong: { sentence: 'The user name or the password is wrong.' },
  },
  async act({ fields, runtime, client, link }) {
    const signedIn = await signIn(runtime, fields.username, fields.password, client)
    return { to: parseReturnPath(fields.return_to) ?? link('/account'), signedIn }
  },
})

/** Sign in, and go where one wanted to go. */
export const signInPage: Page = {
  path: '/sign-in',
  summary: 'Sign in; `return_to` is a path of this site to go to afterwards',
  access: 'anybody',
  forms: [signInForm],

  async show(input) {
    const { trouble, link, visitor, query } = input
    const returnTo = parseReturnPath(trouble?.typed['return_to'] ?? query.get('return_to'))
    if (visitor && !trouble) return { to: returnTo ?? link('/account') }
    const of = { form: signInForm.name, trouble }
    const main = html`<section class="card narrow">
      <h1>Sign in</h1>
      ${await firstSteps(input)}
      <form method="post" action="${link('/sign-in')}" class="fields">
        ${formFault(of)}
        ${field(of, {
          name: 'username',
          label: 'User name',
          type: 'text',
          first: true,
          autocomplete: 'username',
        })}
        ${field(of, {
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'current-password',
        })}
        ${returnTo !== undefined && html`<input type="hidden" name="return_to" value="${returnTo}" />`}
        <button class="primary">Sign in</button>
      </form>
      ${registration(input)}
    </section>`
    return { title: 'Sign in', main }
  },
}

/** What a server says whose operator has only just begun: who may sign in. */
async function firstSteps({ development, runtime }: PageInput) {
  if (development)
    return html`<p class="aside">
      Development: <code>admin</code> with <code>password</code> will do.
    </p>`
  const users = await runtime.store.users.list({ limit: 1 })
  if (users.length > 0) return undefined
  return html`<div class="aside">
    <p>
      There is no user yet. Whoever runs this server makes the first one, with the settings that the
      server runs on:
    </p>
    <pre tabindex="0" aria-label="Command"><code>countersign user add ada --roles admin</code></pre>
  </div>`
}

function registration({ runtime, link }: PageInput) {
  const { registration: who } = runtime.policies.users
  if (who === 'closed') return undefined
  const question = who === 'open' ? 'New here?' : 'Have you been invited?'
  return html`<p class="beneath">${question} <a href="${link('/sign-up')}">Make an account</a></p>`
}
