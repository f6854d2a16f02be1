import * as z from 'zod'
import {
  forgotPassword,
  resetPage,
  resetPassword,
} from '../../../domain/passwords/reset-password.ts'
import { foldEmail, parseEmail } from '../../../domain/users/email.ts'
import { password } from '../../api/schemas.ts'
import {
  askForm,
  codeFields,
  codeInputs,
  codeStateOf,
  echoedCodeFields,
  otherMail,
  proofOf,
} from './code-form.ts'
import { field, formErrorMessage } from '../fields.ts'
import { emailFieldErrors, newPasswordFieldErrors } from '../form-error.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { textsOf } from '../texts.ts'

const forgotPath = '/forgot-password'

const forgotForm = askForm(
  { name: 'forgot-password', path: forgotPath, codePage: resetPage },
  forgotPassword,
)

/** Asks for a code. The next page is the same for every address. */
export const forgotPasswordPage: Page = {
  path: forgotPath,
  summary: 'Ask for a code by mail, to set a new password',
  access: 'public',
  forms: [forgotForm],

  render({ runtime, language, formError, link, t }) {
    const texts = textsOf(language)
    const of = { form: forgotForm.name, formError, t }
    const fields = html`<p>${texts.forgot.intro}</p>
      <form method="post" action="${link(forgotPath)}" class="fields">
        ${formErrorMessage(of)}
        ${field(of, {
          name: 'email',
          label: texts.email,
          type: 'email',
          autocomplete: 'email',
          first: true,
        })}
        <button class="primary">${texts.forgot.send}</button>
      </form>`
    const main = html`<section class="card narrow">
      <h1>${texts.forgot.title}</h1>
      ${runtime.policies.mail.enabled ? fields : html`<p>${texts.forgot.unavailable}</p>`}
      <p class="beneath"><a href="${link('/sign-in')}">${texts.toSignIn}</a></p>
    </section>`
    return { title: texts.forgot.title, main, language }
  },
}

const resetForm = form({
  name: 'reset-password',
  path: resetPage,
  limit: 'attempts-per-address', // `checkCode` also ends a code after five wrong ones
  fields: z.object({
    ...codeFields,
    new_password: password,
  }),
  echoedFields: echoedCodeFields,
  fieldErrors: { ...newPasswordFieldErrors, ...emailFieldErrors },
  async submit({ fields, runtime, client, link, askingBrowser }) {
    const proof = proofOf(fields, askingBrowser(), (address) => [foldEmail(parseEmail(address))])
    await resetPassword(runtime, proof, fields.new_password, client)
    return { to: link('/sign-in'), flash: 'password_reset', signedOut: true }
  },
})

/**
 * Sets a new password. Opening it changes nothing, so that a robot that opens the links of a mail uses none up. The link is enough in the browser
 * that asked, or where an administrator made it; elsewhere the code is needed.
 */
export const resetPasswordPage: Page = {
  path: resetPage,
  summary: 'Set a new password with a code or a link from a mail',
  access: 'public',
  forms: [resetForm],

  render(input) {
    const { language, link } = input
    const texts = textsOf(language)
    const main = html`<section class="card narrow">
      <h1>${texts.reset.title}</h1>
      ${resetFields(input)}
      <p class="beneath"><a href="${link(forgotPath)}">${texts.reset.again}</a></p>
      ${codeStateOf(input).id !== '' && otherMail(link(resetPage), texts)}
    </section>`
    return { title: texts.reset.title, main, language }
  },
}

function resetFields(input: PageInput): Html {
  const { language, formError, link, runtime, t } = input
  const texts = textsOf(language)
  const of = { form: resetForm.name, formError, t }
  const state = codeStateOf(input)
  const intros = {
    byLink: texts.reset.linked,
    asked: texts.reset.sent,
    elsewhere: texts.reset.elsewhere,
  }
  return html`<p>${intros[state.kind]}</p>
    <form method="post" action="${link(resetPage)}" class="fields">
      ${formErrorMessage(of)} ${codeInputs(of, texts, state)}
      ${field(of, {
        name: 'new_password',
        label: texts.newPassword,
        type: 'password',
        autocomplete: 'new-password',
        hint: texts.passwordAdvice(runtime.policies.passwords.minLength),
        first: state.kind === 'byLink',
      })}
      <div class="row">
        <button class="primary">${texts.reset.save}</button>
        <p class="quietly">${texts.reset.note}</p>
      </div>
    </form>`
}
