/** Something that is counted or measured for the operator. Its name for Prometheus is `countersign_` and its key. */
interface Metric {
  /** A counter goes up, a histogram counts by size, a gauge is read when somebody looks. */
  readonly kind: 'counter' | 'histogram' | 'gauge'
  readonly doc: string
  /** Each with the values that it can have: few, and never anything that a caller sends. */
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Every metric of ours; those of the process itself come beside them. A label must have few values, whatever callers do: each
 * combination is a series that a monitoring system keeps.
 */
export const metrics = {
  http_request_duration_seconds: {
    kind: 'histogram',
    doc: 'How long requests took, from the first byte read to the answer made.',
    labels: {
      method: 'of the route; `other` where there is none',
      route: 'its pattern, such as `/sessions/:id`; `none` where there is none',
      status: 'of the answer',
    },
  },
  refusals_total: {
    kind: 'counter',
    doc: 'Requests that were refused or failed, by the code that the log has.',
    labels: { code: 'a code of failures.md' },
  },
  logins_total: {
    kind: 'counter',
    doc: 'Sign-ins with a password, by how they ended.',
    labels: { outcome: '`signed_in`, or the code of the failure' },
  },
  refreshes_total: {
    kind: 'counter',
    doc: 'Refresh tokens that were presented. `repeat` is an honest retry, `stolen` a theft that ended a session.',
    labels: { verdict: '`rotate`, `repeat`, `stolen`, `expired`, `ended`, `hasty` or `unknown`' },
  },
  revocations_total: {
    kind: 'counter',
    doc: 'Sessions whose bit in a status list this server has learnt to be set, whoever set it.',
    labels: {},
  },
  revocation_delay_seconds: {
    kind: 'histogram',
    doc: 'From the commit that ended sessions, or the news of one elsewhere, until every guard that follows here was sent it.',
    labels: {},
  },
  guards_following: {
    kind: 'gauge',
    doc: 'Guards that follow the feed of status changes here.',
    labels: {},
  },
  password_hash_duration_seconds: {
    kind: 'histogram',
    doc: 'How long a password took to hash or to check, waiting included.',
    labels: { work: '`hash` or `verify`' },
  },
  password_hashes_waiting: {
    kind: 'gauge',
    doc: 'Passwords that wait for a thread; at 64 sign-ins are refused with `busy`.',
    labels: {},
  },
  database_statement_duration_seconds: {
    kind: 'histogram',
    doc: 'How long statements took, from being sent to being answered; on SQLite they wait for their turn in that.',
    labels: { statement: '`select`, `insert`, `update`, `delete` or `other`' },
  },
  signing_keys: {
    kind: 'gauge',
    doc: 'Signing keys by state. One is active and one stands by when all is well.',
    labels: { state: '`standby`, `active`, `retiring` or `retired`' },
  },
  signing_key_age_seconds: {
    kind: 'gauge',
    doc: 'How long the active key has signed. Beyond keys.rotation_period the rotation is stuck.',
    labels: {},
  },
  job_runs_total: {
    kind: 'counter',
    doc: 'Runs of the recurring jobs.',
    labels: { job: 'a name of jobs.md', outcome: '`done` or `failed`' },
  },
  audit_log_entries: {
    kind: 'gauge',
    doc: 'The number of the newest entry of the audit log; one that falls is an alarm.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, Metric>>

type Names<Kind extends Metric['kind']> = {
  [Name in keyof typeof metrics]: (typeof metrics)[Name]['kind'] extends Kind ? Name : never
}[keyof typeof metrics]

/** What only goes up. */
export type Counter = Names<'counter'>

/** What is counted by size, in seconds. */
export type Histogram = Names<'histogram'>

/** What is read when somebody looks. */
export type Gauge = Names<'gauge'>

/** The labels of a metric. */
export type LabelsOf<Name extends keyof typeof metrics> = Readonly<
  Record<keyof (typeof metrics)[Name]['labels'], string>
>
