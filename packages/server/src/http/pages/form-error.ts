import { isCountersignError } from '@countersign/token'
import type { z } from 'zod'
import { callerFailures, type CallerFailureCode } from '../../failures/caller-failures.ts'
import { fail } from '../../failures.ts'
import type { Form, FormError } from './page.ts'

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
  { name, faults = {}, echoes = [] }: Form,
  error: unknown,
  typed: Readonly<Record<string, string>>,
): FormError | undefined {
  if (!isCountersignError(error) || !Object.hasOwn(callerFailures, error.code)) return undefined
  const code = error.code as CallerFailureCode // just shown to be in the catalogue
  if (callerFailures[code].status === 500) return undefined
  const { field, retryAfter } = error.facts
  const fault = faults[code] ?? (typeof field === 'string' ? { field } : {})
  const wait = typeof retryAfter === 'number' ? ` Try again in ${inWords(retryAfter)}.` : ''
  return {
    form: name,
    field: fault.field,
    sentence: `${fault.sentence ?? `${error.message}.`}${wait}`,
    typed: Object.fromEntries(echoes.map((one) => [one, typed[one] ?? ''])),
  }
}

function inWords(seconds: number): string {
  if (seconds > 90) return `${Math.ceil(seconds / 60)} minutes`
  return seconds === 1 ? 'a second' : `${seconds} seconds`
}
