import { isCountersignError } from '@countersign/token'
import { operatorFailures, type OperatorFailure } from '../failures/operator-failures.ts'

interface ExitCode {
  readonly code: number
  /** For `--help`, which has two lines for all of them. */
  readonly short: string
  readonly doc: string
}

/** The exit codes of every command, for scripts and service managers. Most numbers are those of `sysexits.h`. */
export const exitCodes = {
  done: { code: 0, short: 'done', doc: 'Done; what was checked is good.' },
  failed: {
    code: 1,
    short: 'failed',
    doc: 'The command failed; the message says why, with a code of failures.md.',
  },
  usage: { code: 2, short: 'usage error', doc: 'The command line is invalid.' },
  bad: {
    code: 3,
    short: 'check failed',
    doc: 'The check failed: a token that is refused, an audit log that was changed, a problem that `doctor` found.',
  },
  unreachable: {
    code: 69,
    short: 'unreachable',
    doc: 'The database or the issuer does not answer: try again later.',
  },
  bug: { code: 70, short: 'internal error', doc: 'An internal error, printed with its stack.' },
  config: {
    code: 78,
    short: 'invalid settings',
    doc: 'The settings, or what they name, cannot be used: do not retry before changing them (`RestartPreventExitStatus=78` of systemd).',
  },
  interrupted: {
    code: 130,
    short: 'interrupted',
    doc: 'Ctrl+C was pressed at a question; nothing was changed.',
  },
} as const satisfies Readonly<Record<string, ExitCode>>

/**
 * The exit code of each failure that has one of its own; every other exits with `failed`. A failure that a retry cannot mend is `config`, so
 * that a service manager does not restart for ever. A taken port is not, because the previous server may still be stopping; nor is an
 * unusable database, because a full disk may have room again.
 */
export const exitCodeNames: Readonly<Record<string, keyof typeof exitCodes>> = {
  ...Object.fromEntries(
    Object.entries<OperatorFailure>(operatorFailures).flatMap(([code, { exit }]) =>
      exit ? [[code, exit]] : [],
    ),
  ),
  database_unreachable: 'unreachable', // a caller sees it too
  key_set_unavailable: 'unreachable', // of the token package
  issuer_mismatch: 'config', // so is this one
}

/** Returns the exit code of anything that was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!isCountersignError(error)) return exitCodes.bug.code
  return exitCodes[exitCodeNames[error.code] ?? 'failed'].code
}
