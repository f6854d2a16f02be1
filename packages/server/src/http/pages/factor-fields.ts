import * as z from 'zod'
import type { EnrolledFactors } from '../../domain/factors/factor-policy.ts'
import { recoveryCode, totpCode } from '../api/schemas.ts'
import { field, type FieldContext } from './fields.ts'
import { html, type Html } from './html.ts'
import type { SecondStepTexts } from './second-step-texts.ts'
import type { FormError } from './page.ts'

// The fields of second factors, which several forms have in common.

/** Returns a line that names the factors of a user; empty for a user who has none. */
export function factorNames({ totp, passkeys, recoveryCodes }: EnrolledFactors): string {
  const count = (one: number, noun: string) => (one === 1 ? `1 ${noun}` : `${one} ${noun}s`)
  const codes = totp || passkeys > 0 ? [count(recoveryCodes, 'recovery code')] : []
  const keys = passkeys > 0 ? [count(passkeys, 'passkey')] : []
  return [...keys, ...(totp ? ['authenticator application'] : []), ...codes].join(', ')
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
export function recoveryCodeField(of: FieldContext, texts: SecondStepTexts): Html {
  return field(of, {
    name: 'recovery_code',
    label: texts.recoveryCode,
    type: 'text',
    autocomplete: 'off',
    hint: texts.recoveryHint,
  })
}

/** Returns a form's error with the words for a recovery code, if that is what was wrong. */
export function recoveryError(
  error: FormError | undefined,
  texts: SecondStepTexts,
): FormError | undefined {
  return error?.code === 'factor_wrong' ? { ...error, message: texts.recoveryWrong } : error
}
