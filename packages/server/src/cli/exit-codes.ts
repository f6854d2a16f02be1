import { isCountersignError } from '@countersign/token'

/** What a command's exit code says. Scripts and service managers read it. */
export const exitCodes = {
  done: { code: 0, doc: 'It is done, and what was checked is good.' },
  failed: {
    code: 1,
    doc: 'It could not be done; the sentence says why, with a code of failures.md.',
  },
  usage: { code: 2, doc: 'The command was written wrongly.' },
  found: {
    code: 3,
    doc: 'It was looked at and is not good: a token that is refused, a ledger that was changed, a check of `doctor` that failed.',
  },
  unreachable: { code: 69, doc: 'The database or the issuer does not answer: try again later.' },
  bug: { code: 70, doc: 'A fault of ours, with its stack.' },
  config: {
    code: 78,
    doc: 'The settings cannot be used as they are: trying again is of no use (`RestartPreventExitStatus=78` of systemd).',
  },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly doc: string }>>

const byFailure: Readonly<Record<string, keyof typeof exitCodes>> = {
  argument_invalid: 'usage',
  ledger_broken: 'found',
  database_unreachable: 'unreachable',
  key_set_unavailable: 'unreachable',
  setting_unknown: 'config',
  setting_invalid: 'config',
  setting_missing: 'config',
  secret_sample: 'config',
  plain_http: 'config',
  certificate_unusable: 'config',
  key_unsealable: 'config',
}

/** The exit code of whatever was thrown. */
export function exitCodeOf(error: unknown): number {
  if (!isCountersignError(error)) return exitCodes.bug.code
  return exitCodes[byFailure[error.code] ?? 'failed'].code
}
