import { isCountersignError } from '@countersign/token'
import type * as z from 'zod'
import { callerFailures, type CallerFailureCode } from '../../failures/caller-failures.ts'
import { fail } from '../../failures.ts'
import type { FieldError, Form, FormError } from './page.ts'
import { sentenceOf } from './translation/translate-error.ts'
import type { Translate } from './translation/translate.ts'

/** Parses the fields of a form. Fails with `form_incomplete`, whose facts name the first invalid field. */
export function parseFields<Fields extends z.ZodType>(
  fields: Fields,
  typed: Readonly<Record<string, string>>,
): z.output<Fields> {
  const parsed = fields.safeParse(typed)
  if (parsed.success) return parsed.data
  const [field] = parsed.error.issues[0]?.path ?? []
  throw fail('form_incomplete', { facts: { field } })
}

/** Turns a failure into the form's error, in the language of the visitor; `undefined` if the failure does not concern the form. */
export function toFormError(
  { name, fieldErrors = {}, echoedFields = [] }: Form,
  error: unknown,
  typed: Readonly<Record<string, string>>,
  t: Translate,
): FormError | undefined {
  if (!isCountersignError(error) || !Object.hasOwn(callerFailures, error.code)) return undefined
  const code = error.code as CallerFailureCode // the check above has shown it to be in the catalogue
  if (callerFailures[code].status === 500) return undefined
  const { field, retryAfter } = error.facts
  const fault = fieldErrors[code] ?? (typeof field === 'string' ? { field } : {})
  const sentence = fault.message ? t(fault.message) : sentenceOf(code, error.message, t.language)
  const wait = typeof retryAfter === 'number' ? ` ${waitFor(retryAfter, t)}` : ''
  return {
    form: name,
    field: fault.field,
    code,
    message: `${sentence}${wait}`,
    typed: Object.fromEntries(echoedFields.map((one) => [one, typed[one] ?? ''])),
  }
}

function waitFor(seconds: number, t: Translate): string {
  if (seconds > 90)
    return t('Try again in {minutes} minutes.', { minutes: Math.ceil(seconds / 60) })
  if (seconds === 1) return t('Try again in a second.')
  return t('Try again in {seconds} seconds.', { seconds })
}

/** The fields of a form whose failures are shown beside them. */
type FieldErrors = NonNullable<Form['fieldErrors']>

const beside = (field: string): FieldError => ({ field })

/** The failures of an e-mail address, shown beside its field. */
export const emailFieldErrors = {
  email_unacceptable: beside('email'),
  email_taken: beside('email'),
} as const satisfies FieldErrors

/** The failures of a new password, shown beside its field. */
export const newPasswordFieldErrors = {
  password_too_short: beside('new_password'),
  password_too_long: beside('new_password'),
  password_common: beside('new_password'),
  password_personal: beside('new_password'),
} as const satisfies FieldErrors

/** The failures of a new user, shown beside the fields. */
export const newUserFieldErrors = {
  ...newPasswordFieldErrors,
  ...emailFieldErrors,
  username_unacceptable: beside('username'),
  username_taken: beside('username'),
} as const satisfies FieldErrors

const wrong: FieldError = { field: 'password', message: 'The password is wrong.' }

/** The failures of the visitor's current password, whether the form confirms it or signs in with it. */
export const currentPasswordFieldErrors = {
  current_password_wrong: wrong,
  credentials_wrong: wrong,
} as const satisfies FieldErrors
