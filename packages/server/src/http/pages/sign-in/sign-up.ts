import { isCountersignError } from '@countersign/token'
import * as z from 'zod'
import { signIn } from '../../../domain/authentication/sign-in.ts'
import { askToVerify } from '../../../domain/administration/verify-email.ts'
import { pendingSignInOf } from '../../../domain/sessions/start-session.ts'
import { registerUser } from '../../../domain/registration/register-user.ts'
import { invitation, password, username } from '../../api/schemas.ts'
import { newUserFieldErrors } from '../form-error.ts'
import { field, formErrorMessage, newPasswordField, type FieldContext } from '../fields.ts'
import { html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { providerButtons } from './provider-buttons.ts'

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
  echoedFields: ['username', 'email'],
  fieldErrors: {
    ...newUserFieldErrors,
    invitation_missing: {
      field: 'invitation',
      message: 'Enter the invitation that you were sent.',
    },
    invitation_unusable: { field: 'invitation' },
  },
  async submit({ fields, runtime, client, link, bindBrowser }) {
    const presented = fields.invitation || undefined
    const extras = { email: fields.email.trim() || undefined, invitation: presented }
    const user = await registerUser(runtime, fields.username, fields.new_password, extras)
    await askToVerify(runtime, user, { browser: bindBrowser(), client })
    try {
      const signedIn = await signIn(runtime, fields.username, fields.new_password, client)
      return { to: link('/account'), flash: 'registered', signedIn }
    } catch (error) {
      // The account exists, so the form must not show an error.
      if (!isCountersignError(error) || pendingSignInOf(error)) throw error
      return { to: link('/sign-in'), flash: 'registered_only' }
    }
  },
})

/** The registration page, if the operator allows registration, or with an invitation. */
export const signUpPage: Page = {
  path,
  summary:
    'Create an account, if the setting `users.registration` is `open`, or is `invitation` and a valid one is entered',
  access: 'public',
  forms: [signUpForm],

  render(input) {
    const { visitor, link, runtime, t } = input
    if (visitor) return { to: link('/account') }
    const closed = runtime.policies.users.registration === 'closed'
    if (closed)
      return { title: t('Create an account'), main: closedView(input), language: t.language }
    return {
      title: t('Create an account'),
      main: openForm(input),
      script: 'sign-up.js',
      language: t.language,
    }
  },
}

function closedView({ link, t }: PageInput) {
  return html`<section class="card narrow">
    <h1>${t('Create an account')}</h1>
    <p>${t('The operator of this server creates its accounts. Ask them for one.')}</p>
    <p><a class="button" href="${link('/sign-in')}">${t('Sign in')}</a></p>
  </section>`
}

function openForm({ formError, link, runtime, t }: PageInput) {
  const of = { form: name, formError, t }
  return html`<section class="card narrow">
    <h1>${t('Create an account')}</h1>
    <form method="post" action="${link(path)}" class="fields">
      ${formErrorMessage(of)}
      ${invitationField(of, runtime.policies.users.registration === 'invitation')}
      ${field(of, {
        name: 'username',
        label: t('User name'),
        type: 'text',
        first: true,
        autocomplete: 'username',
      })}
      ${field(of, {
        name: 'email',
        label: t('E-mail address'),
        type: 'email',
        autocomplete: 'email',
        required: false,
      })}
      ${newPasswordField(of, t('Password'), runtime.policies.passwords.minLength)}
      <button class="primary">${t('Create account')}</button>
    </form>
    ${withProvider({ link, runtime, t })}
    <p class="beneath">
      ${t('Already have an account?')} <a href="${link('/sign-in')}">${t('Sign in')}</a>
    </p>
  </section>`
}

function invitationField(of: FieldContext, required: boolean) {
  const { t } = of
  return field(of, {
    name: 'invitation',
    label: t('Invitation'),
    type: 'text',
    autocomplete: 'off',
    hint: t('Paste the invitation that you were sent. It can be used once.'),
    required,
  })
}

/** Renders the buttons of the identity providers, with the invitation if one is needed. */
function withProvider({ link, runtime, t }: Pick<PageInput, 'link' | 'runtime' | 't'>) {
  const of = { form: 'provider', formError: undefined, t }
  const isNeeded = runtime.policies.users.registration === 'invitation'
  const fields = isNeeded ? invitationField(of, true) : undefined
  return providerButtons({ link, runtime, language: t.language }, of, fields)
}
