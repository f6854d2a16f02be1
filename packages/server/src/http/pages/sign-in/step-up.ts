import * as z from 'zod'
import { stepUpOptions } from '../../../domain/authentication/sign-in-with-passkey.ts'
import { stepUp, type StepUpProof } from '../../../domain/authentication/step-up.ts'
import { hasFactor, type EnrolledFactors } from '../../../domain/factors/factor-policy.ts'
import { password } from '../../api/schemas.ts'
import { hiddenReturn, proofForms, typedRecoveryCode, typedTotpCode } from './factor-fields.ts'
import { currentPasswordField, formErrorMessage, hiddenUsername } from '../fields.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { html, type Html } from '../html.ts'
import { form, type FormResult, type Page, type PageInput } from '../page.ts'
import { passkeyForm, passkeyTextsOf, typedSignature } from './passkey-form.ts'
import { providerButtons } from './provider-buttons.ts'
import { parseReturnPath } from '../return-path.ts'
import { secondStepTextsOf } from './second-step-texts.ts'

const path = '/account/confirm'

/** Returns the path of the page that asks for a proof, after which the browser goes back to `returnTo`. */
export function stepUpPath(returnTo: string): string {
  return `${path}?return_to=${encodeURIComponent(returnTo)}`
}

const shared = { limit: 'attempts-per-address', echoedFields: ['return_to'] } as const
const returnTo = z.string().optional()

const passwordForm = form({
  ...shared,
  name: 'confirm',
  path,
  fields: z.object({ password, return_to: returnTo }),
  fieldErrors: currentPasswordFieldErrors,
  submit: (input) => prove(input, { kind: 'password', password: input.fields.password }),
})

const codeForm = form({
  ...shared,
  name: 'confirm-code',
  path: `${path}/code`,
  fields: z.object({ code: typedTotpCode, return_to: returnTo }),
  fieldErrors: { factor_wrong: { field: 'code' } },
  submit: (input) => prove(input, { kind: 'totp', code: input.fields.code }),
})

const passkeyProof = form({
  ...shared,
  name: 'confirm-passkey',
  path: `${path}/passkey`,
  fields: z.object({ passkey: typedSignature, return_to: returnTo }),
  submit: (input) => prove(input, { kind: 'passkey', response: input.fields.passkey }),
})

const recoveryForm = form({
  ...shared,
  name: 'confirm-recovery',
  path: `${path}/recovery-code`,
  fields: z.object({ recovery_code: typedRecoveryCode, return_to: returnTo }),
  fieldErrors: { factor_wrong: { field: 'recovery_code' } },
  submit: (input) => prove(input, { kind: 'recovery_code', code: input.fields.recovery_code }),
})

async function prove(
  {
    fields,
    runtime,
    member,
    client,
    link,
  }: PageInput & { readonly fields: { readonly return_to?: string | undefined } },
  proof: StepUpProof,
): Promise<FormResult> {
  const { user, session } = member()
  const owner = { userId: user.id, sessionId: session.id }
  const signedIn = await stepUp(runtime, owner, proof, client)
  return { to: parseReturnPath(fields.return_to) ?? link('/account'), signedIn }
}

/** Asks for a proof before a change that needs a recent one: a second factor, or the password of a user who has none. */
export const stepUpPage: Page = {
  path,
  summary:
    'Enter a code, or without a second factor the password, before a change that needs a recent sign-in',
  access: 'user',
  forms: [passwordForm, passkeyProof, codeForm, recoveryForm],

  async render(input) {
    const { member, query, formError, runtime, t } = input
    const back = parseReturnPath(formError?.typed['return_to'] ?? query.get('return_to'))
    const hidden = hiddenReturn(back)
    const enrolled = await runtime.store.enrolledFactors.find(member().user.id)
    const main = html`<section class="card narrow">
      <h1>${t('Confirm that it is you')}</h1>
      <p class="intro">
        ${t('This needs a recent sign-in, so nothing was changed. Confirm, then repeat the change.')}
      </p>
      ${enrolled.passkeys > 0 && (await passkeyFields(input, hidden))}
      ${hasFactor(enrolled) ? factorForms(input, enrolled, hidden) : await firstFactor(input, hidden)}
    </section>`
    return { title: t('Confirm that it is you'), main, script: 'passkeys.js', language: t.language }
  },
}

async function passkeyFields(input: PageInput, hidden: Html): Promise<Html> {
  const { runtime, member, link, formError, t } = input
  const { user, session } = member()
  return passkeyForm({
    of: { form: passkeyProof.name, formError, t },
    to: link(passkeyProof.path),
    options: await stepUpOptions(runtime, { userId: user.id, sessionId: session.id }),
    button: passkeyTextsOf(input.language).use,
    language: input.language,
    fields: hidden,
  })
}

/** Renders the proof of a user who has no second factor: the password, or a new sign-in with a provider. */
async function firstFactor(input: PageInput, hidden: Html): Promise<Html | undefined> {
  const { runtime, member, t } = input
  const { user } = member()
  if (user.hasPassword) return passwordFields(input, hidden)
  const identities = await runtime.store.identities.list(user.id)
  const again = html`${hidden}<input type="hidden" name="again" value="1" />`
  const names = identities.map(({ provider }) => provider)
  const of = { form: 'provider', formError: undefined, t }
  return providerButtons(input, of, again, names)
}

function passwordFields({ formError, link, member, t }: PageInput, hidden: Html): Html {
  const of = { form: passwordForm.name, formError, t }
  return html`<form method="post" action="${link(path)}" class="fields">
    ${formErrorMessage(of)} ${hiddenUsername(member())}
    ${currentPasswordField(of, member(), { first: true })} ${hidden}
    <button class="primary">${t('Continue')}</button>
  </form>`
}

function factorForms(
  { formError, link, t }: PageInput,
  { totp }: EnrolledFactors,
  hidden: Html,
): Html {
  const forms = {
    code: { name: codeForm.name, to: link(codeForm.path) },
    recovery: { name: recoveryForm.name, to: link(recoveryForm.path) },
    hidden,
    button: t('Continue'),
  }
  return proofForms(forms, totp, { error: formError, texts: secondStepTextsOf(t.language), t })
}
