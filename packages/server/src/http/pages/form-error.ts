import { isCountersignError } from '@countersign/token'
import type { z } from 'zod'
import { fail, serverFailures, type ServerFailureCode } from '../../failures.ts'
import type { FieldError, Form, FormError } from './page.ts'

/** Gives what was typed the form that the fields want. Fails with `form_incomplete`, which knows the first field that has it not. */
export function parseFields<Fields extends z.ZodType>(
  fields: Fields,
  typed: Readonly<Record<string, string>>,
): z.output<Fields> {
  const parsed = fields.safeParse(typed)
  if (parsed.success) return parsed.data
  const [field] = parsed.error.issues[0]?.path ?? []
  throw fail('form_incomplete', { facts: { field } })
}

/** What to say beside a form that was sent in vain; nothing where that is no matter of the form. */
export function toFormError(
  { name, fieldErrors = {}, echoedFields = [] }: Form,
  error: unknown,
  typed: Readonly<Record<string, string>>,
): FormError | undefined {
  if (!isCountersignError(error) || !Object.hasOwn(serverFailures, error.code)) return undefined
  const code = error.code as ServerFailureCode // just shown to be in the catalogue
  if (serverFailures[code].status === 500) return undefined
  const { field, retryAfter } = error.facts
  const fault = fieldErrors[code] ?? (typeof field === 'string' ? { field } : {})
  const wait = typeof retryAfter === 'number' ? ` Try again in ${inWords(retryAfter)}.` : ''
  return {
    form: name,
    field: fault.field,
    message: `${fault.message ?? `${error.message}.`}${wait}`,
    typed: Object.fromEntries(echoedFields.map((one) => [one, typed[one] ?? ''])),
  }
}

function inWords(seconds: number): string {
  if (seconds > 90) return `${Math.ceil(seconds / 60)} minutes`
  return seconds === 1 ? 'a second' : `${seconds} seconds`
}

/** Which failures of a form are told beside which of its fields. */
type FieldErrors = NonNullable<Form['fieldErrors']>

const beside = (field: string): FieldError => ({ field })

/** What can be wrong with an e-mail address. */
export const emailFieldErrors = {
  email_unacceptable: beside('email'),
  email_taken: beside('email'),
} as const satisfies FieldErrors

/** What can be wrong with a new password. */
export const newPasswordFieldErrors = {
  password_too_short: beside('new_password'),
  password_too_long: beside('new_password'),
  password_common: beside('new_password'),
  password_personal: beside('new_password'),
} as const satisfies FieldErrors

/** What can be wrong with a new user, whoever makes them. */
export const newUserFieldErrors = {
  ...newPasswordFieldErrors,
  ...emailFieldErrors,
  username_unacceptable: beside('username'),
  username_taken: beside('username'),
} as const satisfies FieldErrors

const wrong: FieldError = { field: 'password', message: 'The password is wrong.' }

/** The password of whoever is signed in, asked for once more, was another one: whether it is only looked at or signs in anew. */
export const currentPasswordFieldErrors = {
  current_password_wrong: wrong,
  credentials_wrong: wrong,
} as const satisfies FieldErrors
