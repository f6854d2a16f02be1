import { isCountersignError, type CountersignError } from '@countersign/token'
import { DatabaseError } from 'pg'
import { fail } from '../../failures.ts'
import { frozenSqlState } from '../move/freeze.ts'
import type { TransactionOutcome } from '../repeat-transaction.ts'

// The error codes of PostgreSQL are in its manual, appendix A; the first two characters are the class.
const unreachable = /^(08|57P0|53300|25P0[34])/ // connection lost, server stopping or starting, too many connections, idle in a transaction for too long
const authenticationFailed = 'user or password is wrong'
const sentences: Readonly<Record<string, string>> = {
  '25006':
    'it is read-only: a standby, a demoted primary, or a database with default_transaction_read_only',
  '28P01': authenticationFailed,
  '28': 'this user may not connect from here: check pg_hba.conf, and that the role exists and has LOGIN',
  '3D': 'a database of this name does not exist',
  '3F000':
    'no schema to create tables in: create one for its role, such as `create schema countersign authorization ROLE; alter role ROLE set search_path = countersign`',
}

/** Returns whether a connection is unusable after this error. */
export function isLost(error: unknown): boolean {
  return !(error instanceof DatabaseError) || unreachable.test(error.code ?? '')
}

/** Returns whether a statement got no answer in time: the network is silent, and with it probably the other connections. */
export function isSilent(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout' // of `pg`, which gives it no code
}

/** Returns whether an earlier statement of the transaction failed: that error says why, not this one. */
export function isAborted(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25P02'
}

/** Returns whether the database is read-only, so that no connection to it is of use: it may be a primary that was demoted. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006'
}

/** Returns whether the database undid a transaction because of others that ran at the same time. Appendix A of its manual, class 40. */
export function isConflict(error: unknown): boolean {
  return error instanceof DatabaseError && ['40001', '40P01'].includes(error.code ?? '')
}

/** Returns whether a prepared statement cannot run any more because the columns of its result have changed, as by a migration. */
export function isStalePlan(error: unknown): boolean {
  return (
    error instanceof DatabaseError && error.code === '0A000' && /cached plan/.test(error.message)
  )
}

/** Returns whether a prepared statement has a name that its session does not know, or knows from another client: a pooler is in between. */
export function isUnknownName(error: unknown): boolean {
  return error instanceof DatabaseError && ['26000', '42P05'].includes(error.code ?? '')
}

/**
 * Converts an error of `pg` to a failure: `database_unreachable` if there is no answer, `database_moving` if it is frozen, otherwise `database_unusable`. An error from
 * the database itself is not kept as the cause, because it quotes values. `outcome` is that of the transaction.
 */
export function toFailure(error: unknown, outcome?: TransactionOutcome): CountersignError {
  if (isCountersignError(error)) return error // it says already what is wrong
  if (!(error instanceof DatabaseError)) return withoutAnswer(error, outcome)
  const { code = '', table, constraint } = error
  if (code === frozenSqlState) return fail('database_moving')
  const facts = { sqlState: code, table, constraint, outcome }
  if (unreachable.test(code)) return fail('database_unreachable', { detail: error.message, facts })
  return fail('database_unusable', { detail: sentenceOf(error), facts })
}

/** The message of PostgreSQL, where there is no clearer one; not for an invalid value (class 22), which it would quote. */
function sentenceOf({ code = '', message }: DatabaseError): string {
  if (code === '28000' && /no encryption|SSL off/.test(message))
    return 'it demands TLS: add sslmode=verify-full to database.url'
  if (code === '42501')
    return `${message}; grant its role what it lacks: \`grant usage, create on schema public to ROLE\`, and for tables of another role \`grant select, insert, update, delete on all tables in schema public to ROLE\``
  const sentence = sentences[code] ?? sentences[code.slice(0, 2)]
  if (sentence !== undefined) return sentence
  return code.startsWith('22') ? 'it refused a value' : message
}

/** Converts an error without an answer of the database: of the network, or of `pg` itself. */
function withoutAnswer(error: unknown, outcome?: TransactionOutcome): CountersignError {
  const cause = error instanceof AggregateError ? error.errors[0] : error // one error per address of the host
  if (String(Object(cause)['message']).startsWith('SASL'))
    return fail('database_unusable', { detail: authenticationFailed, cause })
  const detail =
    outcome === 'unknown'
      ? 'the connection was lost during COMMIT, so that the change may have been saved or not'
      : sentenceWithoutAnswer(cause as NodeJS.ErrnoException)
  const facts = { outcome }
  return fail('database_unreachable', { facts, ...(detail === undefined ? {} : { detail }), cause })
}

function sentenceWithoutAnswer({
  code = '',
  message = '',
  syscall,
}: NodeJS.ErrnoException): string | undefined {
  if (/time-?d? ?out/i.test(message)) return 'the connection timed out'
  if (message.includes('does not support SSL'))
    return 'it refuses TLS, which sslmode in database.url demands'
  if (/^(CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code))
    return `its TLS certificate is not trusted (${code}): name its authority in sslrootcert, and its host as the certificate does`
  if (syscall === 'open' || code === 'EISDIR')
    return 'a file that database.url names cannot be read'
  if (code === 'ENOENT') return 'there is no socket of PostgreSQL in the folder of its host'
  return networkSentences[code]
}

const networkSentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused at its address',
  ENOTFOUND: 'its host name is unknown',
  EAI_AGAIN: 'its host name cannot be resolved',
}
