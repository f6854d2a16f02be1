import * as z from 'zod'
import { enrolInSignIn, proposeInSignIn } from '../../../domain/authentication/enrol-in-sign-in.ts'
import { finishSignIn } from '../../../domain/authentication/finish-sign-in.ts'
import { readPendingStep, type PendingStep } from '../../../domain/authentication/pending-step.ts'
import { secondStepOptions } from '../../../domain/authentication/sign-in-with-passkey.ts'
import type { FactorProof } from '../../../domain/factors/check-factor.ts'
import type { Secret } from '../../../domain/kernel/secret.ts'
import { fail } from '../../../failures.ts'
import { hiddenReturn, proofForms, typedRecoveryCode, typedTotpCode } from './factor-fields.ts'
import { formErrorMessage } from '../fields.ts'
import { firstCodeForm, newTotpSection, recoveryCodesSection } from './new-factor.ts'
import { html, type Html } from '../html.ts'
import { form, type FormResult, type Page, type PageInput } from '../page.ts'
import { passkeyForm, passkeyTextsOf, typedSignature } from './passkey-form.ts'
import { parseReturnPath } from '../return-path.ts'
import { secondStepTextsOf } from './second-step-texts.ts'
import { textsOf } from '../texts.ts'

const path = '/sign-in/factor'

/** Returns the path of the second step, after which the browser goes to `returnTo`. */
export function secondStepPath(returnTo: string | undefined): string {
  const parsed = parseReturnPath(returnTo)
  return parsed === undefined ? path : `${path}?return_to=${encodeURIComponent(parsed)}`
}

const shared = {
  limit: 'attempts-per-address', // `checkFactor` also limits the wrong codes of a user
  echoedFields: ['return_to'],
} as const

const returnTo = z.string().optional()

const codeForm = form({
  ...shared,
  name: 'factor',
  path,
  fields: z.object({ code: typedTotpCode, return_to: returnTo }),
  fieldErrors: { factor_wrong: { field: 'code' } },
  submit: (input) => finish(input, { kind: 'totp', code: input.fields.code }),
})

const recoveryForm = form({
  ...shared,
  name: 'recovery',
  path: `${path}/recovery-code`,
  fields: z.object({ recovery_code: typedRecoveryCode, return_to: returnTo }),
  fieldErrors: { factor_wrong: { field: 'recovery_code' } },
  submit: (input) => finish(input, { kind: 'recovery_code', code: input.fields.recovery_code }),
})

const passkeyStep = form({
  ...shared,
  name: 'passkey',
  path: `${path}/passkey`,
  fields: z.object({ passkey: typedSignature, return_to: returnTo }),
  submit: (input) => finish(input, { kind: 'passkey', response: input.fields.passkey }),
})

const addForm = form({
  ...shared,
  name: 'add',
  path: `${path}/add`,
  fields: z.object({ return_to: returnTo }),
  async submit(input) {
    const { runtime, fields, language, link, t } = input
    const proposed = await proposeInSignIn(runtime, signInOf(input))
    const texts = secondStepTextsOf(language)
    const of = { form: firstCode.name, formError: undefined, t }
    const to = link(firstCode.path)
    const hidden = hiddenReturn(parseReturnPath(fields.return_to))
    const main = html`<section class="card narrow">
      <h1>${texts.title}</h1>
      ${newTotpSection(proposed, { of, to, hidden }, texts)}
    </section>`
    return { title: texts.title, main, language }
  },
})

const firstCode = form({
  ...shared,
  name: 'first-code',
  path: `${path}/add/confirm`,
  fields: z.object({ code: typedTotpCode, return_to: returnTo }),
  fieldErrors: { factor_wrong: { field: 'code' } },
  async submit(input) {
    const { runtime, fields, client, language, link, t } = input
    const added = await enrolInSignIn(runtime, signInOf(input), fields.code, client)
    const to = parseReturnPath(fields.return_to) ?? link('/account')
    const texts = secondStepTextsOf(language)
    const main = recoveryCodesSection(added.recoveryCodes, to, texts, t)
    return { to, signedIn: added.grant, view: { title: texts.codesTitle, main, language } }
  },
})

/** Returns the secret of the sign-in that waits in this browser. Fails with `sign_in_expired` if there is none. */
function signInOf({ pendingSignIn }: PageInput): Secret {
  const signIn = pendingSignIn()
  if (!signIn) throw fail('sign_in_expired')
  return signIn
}

/** Completes the sign-in of this browser with a factor. Fails as `finishSignIn` does. */
async function finish(
  input: PageInput & { readonly fields: { readonly return_to?: string | undefined } },
  proof: FactorProof,
): Promise<FormResult> {
  const { runtime, client, link, fields } = input
  const signedIn = await finishSignIn(runtime, signInOf(input), proof, client)
  return { to: parseReturnPath(fields.return_to) ?? link('/account'), signedIn }
}

/** The second step of a sign-in. The secret of the first is in a cookie, never in an address. */
export const secondStepPage: Page = {
  path,
  summary:
    'Complete a sign-in with a second factor, or add one if the account must have one; `return_to` is the path of this site to open afterwards',
  access: 'public',
  forms: [passkeyStep, codeForm, recoveryForm, addForm, firstCode],

  async render(input) {
    const { formError, link, query, language, pendingSignIn, runtime } = input
    const typed = formError?.typed['return_to'] ?? query.get('return_to')
    const back = parseReturnPath(typed)
    const signIn = pendingSignIn()
    const pending = signIn && (await readPendingStep(runtime, signIn))
    if (!pending) {
      const to = link(
        back === undefined ? '/sign-in' : `/sign-in?return_to=${encodeURIComponent(back)}`,
      )
      return signIn ? { to, flash: 'sign_in_over' } : { to }
    }
    const texts = secondStepTextsOf(language)
    const hidden = hiddenReturn(back)
    const content = pending.step === 'prove' ? proofs : addition
    const main = html`<section class="card narrow">
      <h1>${texts.title}</h1>
      ${pending.factors.includes('passkey') && (await passkeyFields(input, signIn, hidden))}
      ${content(input, pending, hidden)}
      <p class="beneath"><a href="${link('/sign-in')}">${textsOf(language).toSignIn}</a></p>
    </section>`
    return { title: texts.title, main, language, script: 'passkeys.js' }
  },
}

async function passkeyFields(input: PageInput, signIn: Secret, hidden: Html): Promise<Html> {
  const { runtime, link, language, formError, t } = input
  return passkeyForm({
    of: { form: passkeyStep.name, formError, t },
    to: link(passkeyStep.path),
    options: await secondStepOptions(runtime, signIn),
    button: passkeyTextsOf(language).use,
    language,
    fields: hidden,
  })
}

/** Renders the way to a first factor; after a wrong first code, the form for another one. */
function addition(
  { formError, link, language, t }: PageInput,
  { user }: PendingStep,
  hidden: Html,
) {
  const texts = secondStepTextsOf(language)
  const error = formError
  const isConfirming = error?.form === firstCode.name && error.field === 'code'
  const of = { form: addForm.name, formError: error && { ...error, form: addForm.name }, t }
  const start = (words: string) =>
    html`<form method="post" action="${link(addForm.path)}" class="fields">
      ${!isConfirming && formErrorMessage(of)} ${hidden}
      <button ${!isConfirming && html` class="primary"`}>${words}</button>
    </form>`
  if (!isConfirming)
    return html`<p>${texts.must(user.name)}</p>
      ${start(texts.add)}`
  const confirm = {
    of: { form: firstCode.name, formError: error, t },
    to: link(firstCode.path),
    hidden,
  }
  return html`${firstCodeForm(confirm, texts.scanned, texts)}${start(texts.again)}`
}

/** Renders the forms for the factors that the user has. */
function proofs(
  { formError, link, language, t }: PageInput,
  { user, factors }: PendingStep,
  hidden: Html,
): Html {
  const texts = secondStepTextsOf(language)
  const error = formError
  const forms = {
    code: { name: codeForm.name, to: link(codeForm.path) },
    recovery: { name: recoveryForm.name, to: link(recoveryForm.path) },
    hidden,
    button: texts.confirm,
    beneath: html`<p class="quietly">${texts.noWay}</p>`,
  }
  return html`<p>${texts.intro(user.name)}</p>
    ${proofForms(forms, factors.includes('totp'), { error, texts, t })}`
}
