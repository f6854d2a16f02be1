import type { CountersignError } from '@countersign/token'
import { DatabaseError } from 'pg'
import { fail } from '../../failures.ts'

// The error codes of PostgreSQL are listed in its manual, appendix A; the first two characters are the class.
const gone = /^(08|57P0|53300)/ // connection lost, server stopping or starting, too many connections
const loginRefused = 'its user or password is refused'
const sentences: Readonly<Record<string, string>> = {
  '28': loginRefused,
  '3D': 'there is no database of that name',
}

/** Whether a connection is of no use after this error. */
export function isLost(error: unknown): boolean {
  return !(error instanceof DatabaseError) || gone.test(error.code ?? '')
}

/**
 * An error of `pg` as a failure of ours: `database_unreachable` while nobody answers, else `database_unusable`. The error
 * itself is left behind when the database made it, for it quotes values.
 */
export function toFailure(error: unknown): CountersignError {
  if (!(error instanceof DatabaseError)) return unanswered(error)
  const { code = '', table, constraint } = error
  const facts = { sqlState: code, table, constraint }
  if (gone.test(code)) return fail('database_unreachable', { detail: error.message, facts })
  return fail('database_unusable', { detail: sentences[code.slice(0, 2)] ?? saying(error), facts })
}

/** What PostgreSQL says of itself; of a value that it refuses (class 22) it says too much. */
function saying({ code = '', message }: DatabaseError): string {
  return code.startsWith('22') ? 'it refuses a value' : message
}

/** Of errors with no answer from a database underneath: from the network, and from `pg` itself. */
function unanswered(error: unknown): CountersignError {
  const cause = error instanceof AggregateError ? error.errors[0] : error // one error for each address of a host
  const { code = '', message = '' } = cause as NodeJS.ErrnoException // of anything else the texts are empty
  if (message.startsWith('SASL')) return fail('database_unusable', { detail: loginRefused, cause })
  const detail = /time-?d? ?out/i.test(message) ? 'it took too long' : networkSentences[code]
  return fail('database_unreachable', { ...(detail === undefined ? {} : { detail }), cause })
}

const networkSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up',
}
