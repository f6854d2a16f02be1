import * as z from 'zod'
import {
  askToSignIn,
  signInCodePage,
  signInWithCode,
} from '../../../domain/authentication/sign-in-with-code.ts'
import { foldEmail, parseEmail } from '../../../domain/users/email.ts'
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
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'
import { textsOf } from '../texts.ts'

const mailForm = askForm(
  { name: 'ask-sign-in-code', path: `${signInCodePage}/ask`, codePage: signInCodePage },
  askToSignIn,
)

/** The form for a code and an address, where the page of an id does not fit: the code of another mail. */
const byAddress = `${signInCodePage}?by=address`

const codeForm = form({
  name: 'sign-in-code',
  path: signInCodePage,
  limit: 'attempts-per-address', // `checkCode` also ends a code after five wrong ones
  fields: z.object(codeFields),
  echoedFields: echoedCodeFields,
  fieldErrors: {
    credentials_wrong: {
      message: 'The code or the link is wrong, expired or already used; ask for a new one.',
    },
  },
  async submit({ fields, runtime, client, link, askingBrowser }) {
    const proof = proofOf(fields, askingBrowser(), (address) => [foldEmail(parseEmail(address))])
    const signedIn = await signInWithCode(runtime, proof, client)
    return { to: link('/account'), signedIn }
  },
})

/** Asks for a code and signs in with it. Opening the link changes nothing, so that a robot that opens the links of a mail gains no session. */
export const signInWithCodePage: Page = {
  path: signInCodePage,
  summary:
    'Sign in with a code or a link from a mail, if the setting `mail.sign_in_codes` is `yes`',
  access: 'public',
  forms: [mailForm, codeForm],

  render(input) {
    const { language, link, visitor, formError } = input
    if (visitor && !formError) return { to: link('/account') }
    const texts = textsOf(language)
    const { enabled, signInCodes } = input.runtime.policies.mail
    const main = html`<section class="card narrow">
      <h1>${texts.signIn.title}</h1>
      ${enabled && signInCodes ? formsOf(input) : html`<p>${texts.signIn.disabled}</p>`}
      <p class="beneath"><a href="${link('/sign-in')}">${texts.toSignIn}</a></p>
    </section>`
    return { title: texts.signIn.title, main, language }
  },
}

function formsOf(input: PageInput): Html {
  const { language, formError, link, query, t } = input
  const texts = textsOf(language)
  const error = formError
  const state = codeStateOf(input)
  if (state.id === '' && formError?.form !== codeForm.name && !query.has('by')) {
    const of = { form: mailForm.name, formError: error, t }
    const address = {
      name: 'email',
      label: texts.email,
      type: 'email',
      autocomplete: 'email',
    } as const
    return html`<p>${texts.signIn.intro}</p>
      <form method="post" action="${link(mailForm.path)}" class="fields">
        ${formErrorMessage(of)} ${field(of, { ...address, first: true })}
        <button class="primary">${texts.forgot.send}</button>
      </form>`
  }
  const of = { form: codeForm.name, formError: error, t }
  const intros = {
    byLink: texts.signIn.linked,
    asked: texts.signIn.sent,
    elsewhere: texts.reset.elsewhere,
  }
  return html`<p>${intros[state.kind]}</p>
    <form method="post" action="${link(codeForm.path)}" class="fields">
      ${formErrorMessage(of)} ${codeInputs(of, texts, state)}
      <button class="primary">${texts.signIn.confirm}</button>
    </form>
    <p class="beneath"><a href="${link(signInCodePage)}">${texts.reset.again}</a></p>
    ${state.id !== '' && otherMail(link(byAddress), texts)}`
}
