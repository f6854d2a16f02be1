import * as z from 'zod'
import type { EnrolledFactors } from '../../../domain/factors/factor-policy.ts'
import { recoveryCode, totpCode } from '../../api/schemas.ts'
import { field, formErrorMessage, type FieldContext } from '../fields.ts'
import { html, type Html } from '../html.ts'
import type { SecondStepTexts } from './second-step-texts.ts'
import type { FormError } from '../page.ts'
import type { Translate } from '../translation/translate.ts'

// The fields of second factors, which several forms have in common.

/** Returns a line that names the factors of a user; empty for a user who has none. */
export function factorNames(
  { totp, passkeys, recoveryCodes }: EnrolledFactors,
  t: Translate,
): string {
  const keys = passkeys === 1 ? t('one passkey') : t('{count} passkeys', { count: passkeys })
  const codes =
    recoveryCodes === 1
      ? t('one recovery code')
      : t('{count} recovery codes', { count: recoveryCodes })
  const has = totp || passkeys > 0
  const names = [passkeys > 0 && keys, totp && t('authenticator application'), has && codes]
  return names.filter((one) => one !== false).join(', ')
}

/** The code of an authenticator application, as people type it. */
export const typedTotpCode = z.string().trim().pipe(totpCode)

/** A recovery code, as people type it. */
export const typedRecoveryCode = z.string().trim().pipe(recoveryCode)

/** Renders where to go afterwards as a hidden field. */
export function hiddenReturn(to: string | undefined): Html {
  return html`${to !== undefined && html`<input type="hidden" name="return_to" value="${to}" />`}`
}

/** Renders the field of a code. */
export function totpCodeField(of: FieldContext, texts: SecondStepTexts): Html {
  return field(of, {
    name: 'code',
    label: texts.code,
    type: 'text',
    autocomplete: 'one-time-code',
    hint: texts.codeHint,
    first: true,
  })
}

/** Renders the field of a recovery code. */
function recoveryCodeField(of: FieldContext, texts: SecondStepTexts): Html {
  return field(of, {
    name: 'recovery_code',
    label: texts.recoveryCode,
    type: 'text',
    autocomplete: 'off',
    hint: texts.recoveryHint,
  })
}

/** Returns a form's error with the words for a recovery code, if that is what was wrong. */
function recoveryError(
  error: FormError | undefined,
  texts: SecondStepTexts,
): FormError | undefined {
  return error?.code === 'factor_wrong' ? { ...error, message: texts.recoveryWrong } : error
}

/** The form for a code and the one for a recovery code: their names, and where they are sent. */
interface ProofForms {
  readonly code: { readonly name: string; readonly to: string }
  readonly recovery: { readonly name: string; readonly to: string }
  readonly hidden: Html
  /** The label of their buttons. */
  readonly button: string
  /** The content below the recovery code. */
  readonly beneath?: Html
}

/** The error of the forms, and the language of their texts. */
interface ProofTexts {
  readonly error: FormError | undefined
  readonly texts: SecondStepTexts
  readonly t: Translate
}

/** Renders the form for a code, if the user has an application, and the folded one for a recovery code. */
export function proofForms(
  { code, recovery, hidden, button, beneath }: ProofForms,
  hasTotp: boolean,
  { error, texts, t }: ProofTexts,
): Html {
  const of = { form: code.name, formError: error, t }
  const byRecovery = { form: recovery.name, formError: recoveryError(error, texts), t }
  return html`${
      hasTotp &&
      html`<form method="post" action="${code.to}" class="fields">
        ${formErrorMessage(of)} ${hidden} ${totpCodeField(of, texts)}
        <button class="primary">${button}</button>
      </form>`
    }
    <div class="folds">
      <details ${error?.form === recovery.name && html` open`}>
        <summary>${texts.lost}</summary>
        <form method="post" action="${recovery.to}" class="fields">
          ${formErrorMessage(byRecovery)} ${hidden} ${recoveryCodeField(byRecovery, texts)}
          <button class="primary">${button}</button>
          ${beneath}
        </form>
      </details>
    </div>`
}
