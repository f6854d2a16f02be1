import type { CountersignError } from '@countersign/token'
import { DatabaseError } from 'pg'
import { fail } from '../../failures.ts'

// The error codes of PostgreSQL are in its manual, appendix A; the first two characters are the class.
const unreachable = /^(08|57P0|53300)/ // connection lost, server stopping or starting, too many connections
const authenticationFailed = 'user or password is wrong'
const sentences: Readonly<Record<string, string>> = {
  '28': authenticationFailed,
  '3D': 'a database of this name does not exist',
}

/** Returns whether a connection is unusable after this error. */
export function isLost(error: unknown): boolean {
  return !(error instanceof DatabaseError) || unreachable.test(error.code ?? '')
}

/**
 * Converts an error of `pg` to a failure: `database_unreachable` if there is no answer, otherwise `database_unusable`. An error from the
 * database itself is not kept as the cause, because it quotes values.
 */
export function toFailure(error: unknown): CountersignError {
  if (!(error instanceof DatabaseError)) return withoutAnswer(error)
  const { code = '', table, constraint } = error
  const facts = { sqlState: code, table, constraint }
  if (unreachable.test(code)) return fail('database_unreachable', { detail: error.message, facts })
  return fail('database_unusable', {
    detail: sentences[code.slice(0, 2)] ?? messageOf(error),
    facts,
  })
}

/** The message of PostgreSQL; not for an invalid value (class 22), which it would quote. */
function messageOf({ code = '', message }: DatabaseError): string {
  return code.startsWith('22') ? 'it refused a value' : message
}

/** Converts an error without an answer of the database: of the network, or of `pg` itself. */
function withoutAnswer(error: unknown): CountersignError {
  const cause = error instanceof AggregateError ? error.errors[0] : error // one error per address of the host
  const { code = '', message = '' } = cause as NodeJS.ErrnoException // anything else has neither
  if (message.startsWith('SASL'))
    return fail('database_unusable', { detail: authenticationFailed, cause })
  const detail = /time-?d? ?out/i.test(message)
    ? 'the connection timed out'
    : networkSentences[code]
  return fail('database_unreachable', { ...(detail === undefined ? {} : { detail }), cause })
}

const networkSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused at its address',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name cannot be resolved',
}
