import type { guardFailures } from '@countersign/guard'
import type { Language } from '../../../domain/kernel/client-info.ts'
import type { CallerFailureCode } from '../../pipeline/route-failures.ts'
import { failuresOfUsers } from './german-failures.ts'
import { failuresOfRequests } from './german-request-failures.ts'

/** The German of the messages of failures, by code: a form needs other words than the message for programs, and keeps them when that changes. */
const german = { ...failuresOfUsers, ...failuresOfRequests } satisfies Readonly<
  Record<CallerFailureCode, string> & Partial<Record<keyof typeof guardFailures, string>>
>

/** Returns the sentence of a failure in a language; `message` is the English one, without its full stop. */
export function sentenceOf(code: string, message: string, language: Language): string {
  return language === 'de' && Object.hasOwn(german, code)
    ? german[code as keyof typeof german] // the check above has shown it
    : `${message}.`.replace(/([!.])\.$/, '$1')
}
