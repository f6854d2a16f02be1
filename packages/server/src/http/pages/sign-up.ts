import { isCountersignError } from '@countersign/token'
import { z } from 'zod'
import { signIn } from '../../domain/authentication/sign-in.ts'
import { registerUser } from '../../domain/registration/register-user.ts'
import { invitation, password, username } from '../api/schemas.ts'
import { newUserFaults } from './faults.ts'
import { field, formFault, newPassword } from './fields.ts'
import { html } from './html.ts'
import { form, type Page, type PageInput } from './page.ts'

const name = 'sign-up'
const path = '/sign-up'

const signUpForm = form({
  name,
  path,
  limit: 'attempts-per-address',
  fields: z.object({
    username,
    new_password: password,
    email: z.string().max(254),
    invitation: invitation.or(z.literal('')).optional(),
  }),
  echoes: ['username', 'email'],
  faults: {
    ...newUserFaults,
    invitation_missing: {
      field: 'invitation',
      sentence: 'Paste the invitation that you were sent.',
    },
    invitation_unusable: { field: 'invitation' },
  },
  async act({ fields, runtime, client, link }) {
    const shown = fields.invitation || undefined
    const extras = { email: fields.email.trim() || undefined, invitation: shown }
    await registerUser(runtime, fields.username, fields.new_password, extras)
    try {
      const signedIn = await signIn(runtime, fields.username, fields.new_password, client)
      return { to: link('/account'), notice: 'registered', signedIn }
    } catch (error) {
      // The account is made; to say that the form was sent in vain would be untrue.
      if (!isCountersignError(error)) throw error
      return { to: link('/sign-in'), notice: 'registered_only' }
    }
  },
})

/** Make an account, where the operator lets everybody, or whoever was invited. */
export const signUpPage: Page = {
  path,
  summary:
    'Make an account, where the setting `users.registration` is `open`, or `invitation` and one is pasted',
  access: 'anybody',
  forms: [signUpForm],

  show(input) {
    const { visitor, link, runtime } = input
    if (visitor) return { to: link('/account') }
    const closed = runtime.policies.users.registration === 'closed'
    return { title: 'Make an account', main: closed ? nobody(input) : openForm(input) }
  },
}

function nobody({ link }: PageInput) {
  return html`<section class="card narrow">
    <h1>Make an account</h1>
    <p>Accounts of this server are made by whoever runs it. Ask them for one.</p>
    <p><a class="button" href="${link('/sign-in')}">Sign in</a></p>
  </section>`
}

function openForm({ trouble, link, runtime }: PageInput) {
  const of = { form: name, trouble }
  return html`<section class="card narrow">
    <h1>Make an account</h1>
    <form method="post" action="${link(path)}" class="fields">
      ${formFault(of)}
      ${
        runtime.policies.users.registration === 'invitation' &&
        field(of, {
          name: 'invitation',
          label: 'Invitation',
          type: 'password',
          autocomplete: 'off',
          hint: 'Paste what you were sent. It is good once.',
        })
      }
      ${field(of, {
        name: 'username',
        label: 'User name',
        type: 'text',
        first: true,
        autocomplete: 'username',
      })}
      ${field(of, {
        name: 'email',
        label: 'E-mail address',
        type: 'email',
        autocomplete: 'email',
        required: false,
      })}
      ${newPassword(of, 'Password', runtime)}
      <button class="primary">Make an account</button>
    </form>
    <p class="beneath">You have one? <a href="${link('/sign-in')}">Sign in</a></p>
  </section>`
}
