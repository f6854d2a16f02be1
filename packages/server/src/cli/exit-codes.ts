import { isCountersignError } from '@countersign/token'
import type { ServerFailureCode } from '../failures.ts'

interface ExitCode {
  readonly code: number
  /** For `--help`, where all of them have two lines. */
  readonly short: string
  readonly doc: string
}

/** What a command's exit code says. Scripts and service managers read it. */
export const exitCodes = {
  done: { code: 0, short: 'done', doc: 'It is done, and what was checked is good.' },
  failed: {
    code: 1,
    short: 'failed',
    doc: 'It could not be done; the sentence says why, with a code of failures.md.',
  },
  usage: { code: 2, short: 'written wrongly', doc: 'The command was written wrongly.' },
  found: {
    code: 3,
    short: 'looked at and not good',
    doc: 'It was looked at and is not good: a token that is refused, an audit log that was changed, a check of `doctor` that failed.',
  },
  unreachable: {
    code: 69,
    short: 'no answer',
    doc: 'The database or the issuer does not answer: try again later.',
  },
  bug: { code: 70, short: 'a fault of ours', doc: 'A fault of ours, with its stack.' },
  config: {
    code: 78,
    short: 'unusable settings',
    doc: 'The settings, or what they lead to, cannot be used as they are: trying again is of no use (`RestartPreventExitStatus=78` of systemd).',
  },
  interrupted: {
    code: 130,
    short: 'interrupted',
    doc: 'Ctrl+C was pressed at a question; nothing was done.',
  },
} as const satisfies Readonly<Record<string, ExitCode>>

type Listed = ServerFailureCode | 'key_set_unavailable'

/**
 * The failures that have a code of their own; every other is `failed`. What no second try mends is `config`, for a service manager would try for
 * ever. A port that is taken is none of that, for the server before may still be stopping; nor is a database that cannot be used, for a disk may
 * have room again.
 */
export const codeOf: Readonly<Partial<Record<Listed, keyof typeof exitCodes>>> = {
  argument_invalid: 'usage',
  audit_log_broken: 'found',
  database_missing: 'config',
  database_unreachable: 'unreachable',
  key_set_unavailable: 'unreachable',
  setting_unknown: 'config',
  setting_invalid: 'config',
  setting_missing: 'config',
  secret_sample: 'config',
  in_production: 'config',
  plain_http: 'config',
  certificate_unusable: 'config',
  key_unsealable: 'config',
  pepper_missing: 'config',
  default_password: 'config',
  migrations_pending: 'config',
  interrupted: 'interrupted',
}

/** The exit code of whatever was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!isCountersignError(error)) return exitCodes.bug.code
  return exitCodes[codeOf[error.code as Listed] ?? 'failed'].code // another is none of the list
}
