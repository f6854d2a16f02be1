import * as z from 'zod'
import {
  verifiesFor,
  verifyEmail,
  verifyPage,
} from '../../../domain/administration/verify-email.ts'
import { fail } from '../../../failures.ts'
import { codeFields, codeInputs, codeStateOf, echoedCodeFields, proofOf } from './code-form.ts'
import { formErrorMessage } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput, type Visitor } from '../page.ts'
import { textsOf } from '../texts.ts'

const verifyForm = form({
  name: 'verify-email',
  path: verifyPage,
  limit: 'attempts-per-address', // `checkCode` also ends a code after five wrong ones
  fields: z.object(codeFields),
  echoedFields: echoedCodeFields,
  async submit({ fields, runtime, client, link, visitor, askingBrowser }) {
    if (!visitor) throw fail('code_wrong')
    const { user } = visitor
    const whomOf = (email: string) => verifiesFor({ ...user, email })
    await verifyEmail(runtime, user.id, proofOf(fields, askingBrowser(), whomOf), client)
    return { to: link('/account'), flash: 'email_verified' }
  },
})

/**
 * Verifies the address of the signed-in visitor. Opening it changes nothing, so that a robot that opens the links of a mail verifies none; others are
 * asked to sign in first, and only if the account is theirs.
 */
export const verifyEmailPage: Page = {
  path: verifyPage,
  summary: 'Verify the e-mail address of the signed-in user with a code or a link from a mail',
  access: 'public',
  forms: [verifyForm],

  render(input) {
    const { language, visitor } = input
    const { title } = textsOf(language).verify
    const main = html`<section class="card narrow">
      <h1>${title}</h1>
      ${visitor ? codeFormOf(input, visitor) : signInFirst(input)}
    </section>`
    return { title, main, language }
  },
}

function codeFormOf(input: PageInput, { user }: Visitor): Html {
  const { language, formError, link, t } = input
  const texts = textsOf(language)
  const of = { form: verifyForm.name, formError, t }
  const state = codeStateOf(input)
  const intros = {
    byLink: texts.verify.linked(user.name),
    asked: texts.verify.sent,
    elsewhere: texts.verify.elsewhere(user.name),
  }
  return html`<p>${intros[state.kind]}</p>
    <form method="post" action="${link(verifyPage)}" class="fields">
      ${formErrorMessage(of)} ${codeInputs(of, texts, state)}
      <button class="primary">${texts.verify.confirm}</button>
    </form>
    <p class="beneath"><a href="${link('/account')}">${texts.verify.toAccount}</a></p>`
}

/** Renders the way to the sign-in page, which returns here. The secret of the link is left out, so that it gets into no other address. */
function signInFirst(input: PageInput): Html {
  const { language, formError, link, t } = input
  const texts = textsOf(language)
  const of = { form: verifyForm.name, formError, t }
  const { id } = codeStateOf(input)
  const back = link(id === '' ? verifyPage : `${verifyPage}?id=${id}`)
  const to = link(`/sign-in?return_to=${encodeURIComponent(back)}`)
  return html`${formErrorMessage(of)}
    <p>${texts.verify.signInFirst}</p>
    <p><a class="button" href="${to}">${texts.frame.signIn}</a></p>`
}
