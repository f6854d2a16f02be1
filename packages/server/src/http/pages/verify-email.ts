import * as z from 'zod'
import { verifiesFor, verifyEmail, verifyPage } from '../../domain/administration/verify-email.ts'
import { fail } from '../../failures.ts'
import { codeFields, codeInputs, codeStateOf, echoedCodeFields, proofOf } from './code-form.ts'
import { formErrorMessage } from './fields.ts'
import { html } from './html.ts'
import { form, type Page } from './page.ts'
import { textsOf, translateError } from './texts.ts'

const verifyForm = form({
  name: 'verify-email',
  path: verifyPage,
  limit: 'attempts-per-address', // `checkCode` also ends a code after five wrong ones
  fields: z.object(codeFields),
  echoedFields: echoedCodeFields,
  async submit({ fields, runtime, client, link, visitor, askingBrowser }) {
    const proof = proofOf(fields, askingBrowser(), (email) => {
      if (!visitor) throw fail('code_wrong') // an address alone does not say which user's it is
      return verifiesFor({ ...visitor.user, email })
    })
    await verifyEmail(runtime, proof, client)
    return { to: link(visitor ? '/account' : '/sign-in'), flash: 'email_verified' }
  },
})

/** Verifies an address. Opening it changes nothing, so that a robot that opens the links of a mail verifies none. */
export const verifyEmailPage: Page = {
  path: verifyPage,
  summary: 'Verify an e-mail address with a code or a link from a mail; in English and German',
  access: 'public',
  forms: [verifyForm],

  render(input) {
    const { language, formError, link, visitor } = input
    const texts = textsOf(language)
    const of = { form: verifyForm.name, formError: translateError(formError, texts) }
    const state = codeStateOf(input)
    const intros = {
      byLink: texts.verify.linked,
      asked: texts.verify.sent,
      elsewhere: texts.reset.elsewhere,
    }
    const main = html`<section class="card narrow">
      <h1>${texts.verify.title}</h1>
      <p>${intros[state.kind]}</p>
      <form method="post" action="${link(verifyPage)}" class="fields">
        ${formErrorMessage(of)} ${codeInputs(of, texts, state)}
        <button class="primary">${texts.verify.confirm}</button>
      </form>
      ${visitor && html`<p class="beneath"><a href="${link('/account')}">${texts.verify.toAccount}</a></p>`}
    </section>`
    return { title: texts.verify.title, main, language }
  },
}
