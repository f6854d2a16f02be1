import { failures } from '@countersign/token/internal'
import { callerFailures } from './failures/caller-failures.ts'
import { operatorFailures } from './failures/operator-failures.ts'

// Every failure of this server is made here. Those of callers have an HTTP status, those of operators an exit code.

/**
 * Both catalogues.
 *
 * @example
 * import { serverFailures } from '@countersign/server'
 *
 * console.log(serverFailures.username_taken.status) // 409
 */
export const serverFailures = { ...callerFailures, ...operatorFailures } as const

/** A code of this server. */
export type ServerFailureCode = keyof typeof serverFailures

/**
 * Makes a failure of this server.
 *
 * @example
 * throw fail('username_taken')
 */
export const fail = failures(serverFailures)

/** Returns the sentence of a code; undefined for a code of another package. */
export function sentenceOf(code: string): string | undefined {
  return Object.hasOwn(serverFailures, code)
    ? serverFailures[code as ServerFailureCode].message
    : undefined
}
