import * as z from 'zod'
import { finishSignIn } from '../../domain/authentication/finish-sign-in.ts'
import { readPendingStep, type PendingStep } from '../../domain/authentication/pending-step.ts'
import type { FactorProof } from '../../domain/factors/check-factor.ts'
import { fail } from '../../failures.ts'
import {
  recoveryCodeField,
  recoveryError,
  totpCodeField,
  typedRecoveryCode,
  typedTotpCode,
} from './factor-fields.ts'
import { formErrorMessage } from './fields.ts'
import { html, type Html } from './html.ts'
import { form, type FormResult, type Page, type PageInput } from './page.ts'
import { parseReturnPath } from './return-path.ts'
import { secondStepTextsOf } from './second-step-texts.ts'
import { textsOf, translateError } from './texts.ts'

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

/** Completes the sign-in of this browser. Fails as `finishSignIn` does; a browser without a sign-in counts as one that has expired. */
async function finish(
  {
    fields,
    ...input
  }: PageInput & { readonly fields: { readonly return_to?: string | undefined } },
  proof: FactorProof,
): Promise<FormResult> {
  const { runtime, client, link, pendingSignIn } = input
  const signIn = pendingSignIn()
  if (!signIn) throw fail('sign_in_expired')
  const signedIn = await finishSignIn(runtime, signIn, proof, client)
  return { to: parseReturnPath(fields.return_to) ?? link('/account'), signedIn }
}

/** The second step of a sign-in. The secret of the first is in a cookie, never in an address. */
export const secondStepPage: Page = {
  path,
  summary:
    'Complete a sign-in with a second factor; `return_to` is the path of this site to open afterwards; in English and German',
  access: 'public',
  forms: [codeForm, recoveryForm],

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
    const hidden = html`${back !== undefined && html`<input type="hidden" name="return_to" value="${back}" />`}`
    const main = html`<section class="card narrow">
      <h1>${texts.title}</h1>
      ${proofForms(input, pending, hidden)}
      <p class="beneath"><a href="${link('/sign-in')}">${textsOf(language).toSignIn}</a></p>
    </section>`
    return { title: texts.title, main, language }
  },
}

/** Renders the forms for the factors that the user has. */
function proofForms(
  { formError, link, language }: PageInput,
  { user, factors }: PendingStep,
  hidden: Html,
): Html {
  const texts = secondStepTextsOf(language)
  const error = translateError(formError, textsOf(language))
  const of = { form: codeForm.name, formError: error }
  const byRecovery = { form: recoveryForm.name, formError: recoveryError(error, texts) }
  return html`<p>${texts.intro(user.name)}</p>
    ${
      factors.includes('totp') &&
      html`<form method="post" action="${link(codeForm.path)}" class="fields">
        ${formErrorMessage(of)} ${hidden} ${totpCodeField(of, texts)}
        <button class="primary">${texts.confirm}</button>
      </form>`
    }
    <div class="folds">
      <details ${formError?.form === recoveryForm.name && html` open`}>
        <summary>${texts.lost}</summary>
        <form method="post" action="${link(recoveryForm.path)}" class="fields">
          ${formErrorMessage(byRecovery)} ${hidden} ${recoveryCodeField(byRecovery, texts)}
          <button class="primary">${texts.confirm}</button>
          <p class="quietly">${texts.noWay}</p>
        </form>
      </details>
    </div>`
}
