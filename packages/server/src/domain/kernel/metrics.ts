/** A metric for the operator. Its Prometheus name is `countersign_` and its key. */
interface Metric {
  /** A counter goes up, a histogram counts by size, a gauge is read at each scrape. */
  readonly kind: 'counter' | 'histogram' | 'gauge'
  readonly doc: string
  /** Each label with its possible values: few, and never anything that a caller sends. */
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Every metric of this server, besides those of the process itself. A label must have few values, whatever callers do: each
 * combination is a time series that a monitoring system stores.
 */
export const metrics = {
  http_request_duration_seconds: {
    kind: 'histogram',
    doc: 'Duration of requests, from the first byte read to the response made.',
    labels: {
      method: 'of the route; `other` if there is none',
      route: 'its pattern, such as `/sessions/:id`; `none` if there is none',
      status: 'of the response',
    },
  },
  refusals_total: {
    kind: 'counter',
    doc: 'Requests that were refused or failed, by the code in the log.',
    labels: { code: 'a code of failures.md' },
  },
  logins_total: {
    kind: 'counter',
    doc: 'Sign-ins with a password or a code, by outcome.',
    labels: { outcome: '`signed_in`, or the code of the failure' },
  },
  client_authentications_total: {
    kind: 'counter',
    doc: 'Authentications of clients, by outcome.',
    labels: { outcome: '`authenticated` or `client_unauthenticated`' },
  },
  legacy_tokens_total: {
    kind: 'counter',
    doc: 'Requests with a token of the application from before the move (`tokens.legacy_secret`). When it stands still, no client has one any more.',
    labels: {},
  },
  refreshes_total: {
    kind: 'counter',
    doc: 'Refresh tokens that were presented, by verdict. `repeat` is an honest retry, `rotate_unanswered` one after the grace with its idempotency key, `rotate_not_stored` one whose rotation the database has lost, `stolen` a theft that ended a session.',
    labels: {
      verdict:
        '`rotate`, `repeat`, `rotate_unanswered`, `rotate_not_stored`, `stolen`, `expired`, `ended`, `too_frequent` or `unknown`',
    },
  },
  revocations_total: {
    kind: 'counter',
    doc: 'Revoked sessions that this server has seen in the status lists, by whichever server.',
    labels: {},
  },
  revocation_delay_seconds: {
    kind: 'histogram',
    doc: 'Time from the commit that ended sessions, or from its notification by another server, until every guard that follows here was sent it.',
    labels: {},
  },
  guards_following: {
    kind: 'gauge',
    doc: 'Guards that follow a feed of status changes here.',
    labels: {},
  },
  relay_feeds: {
    kind: 'gauge',
    doc: 'Feeds of the server, one for each list that guards of this relay follow. While one is `cut`, its guards request the list instead.',
    labels: { state: '`connecting` until its first event, `open`, or `cut` after that' },
  },
  password_hash_duration_seconds: {
    kind: 'histogram',
    doc: 'Duration of hashing or checking a password, waiting included.',
    labels: { work: '`hash` or `verify`' },
  },
  password_hashes_waiting: {
    kind: 'gauge',
    doc: 'Passwords that wait for a thread; at 64, sign-ins are refused with `busy`.',
    labels: {},
  },
  peppers_missing_total: {
    kind: 'counter',
    doc: 'Passwords that could not be checked, because their pepper is not in the settings. Alert if it rises.',
    labels: {},
  },
  database_statement_duration_seconds: {
    kind: 'histogram',
    doc: 'Duration of SQL statements, from sending to the result; on SQLite this includes waiting for other transactions.',
    labels: { statement: '`select`, `insert`, `update`, `delete` or `other`' },
  },
  signing_keys: {
    kind: 'gauge',
    doc: 'Signing keys by algorithm and state. Normally one of each algorithm is active and one is standby.',
    labels: {
      algorithm: 'a name of keys.algorithms, or a former one',
      state: '`standby`, `active`, `retiring` or `retired`',
    },
  },
  signing_key_age_seconds: {
    kind: 'gauge',
    doc: 'How long the active key of an algorithm has signed. Beyond keys.rotation_period, rotation has failed.',
    labels: { algorithm: 'a name of keys.algorithms, or a former one' },
  },
  job_runs_total: {
    kind: 'counter',
    doc: 'Runs of the recurring jobs.',
    labels: { job_name: 'a name of jobs.md', outcome: '`done` or `failed`' },
  },
  mails_total: {
    kind: 'counter',
    doc: 'Attempts to deliver a mail. `deferred` is tried again; `rejected` and `expired` mails are dead letters; a `dropped` one was asked for an address that no user has.',
    labels: { outcome: '`sent`, `deferred`, `rejected`, `expired` or `dropped`' },
  },
  logout_notices_total: {
    kind: 'counter',
    doc: 'Attempts to notify an application of a grant that has ended. `deferred` is tried again; `expired` was given up after a day.',
    labels: { outcome: '`sent`, `deferred` or `expired`' },
  },
  outbox_mails: {
    kind: 'gauge',
    doc: 'Mails in the outbox. Alert if any is `dead`, or if `waiting` grows.',
    labels: { state: '`waiting` or `dead`' },
  },
  log_lines_lost_total: {
    kind: 'counter',
    doc: 'Log lines that were lost, because standard output could not be written: nothing read it, or its disk was full.',
    labels: {},
  },
  audit_log_entries: {
    kind: 'gauge',
    doc: 'The number of the newest entry of the audit log; alert if it falls.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, Metric>>

type Names<Kind extends Metric['kind']> = {
  [Name in keyof typeof metrics]: (typeof metrics)[Name]['kind'] extends Kind ? Name : never
}[keyof typeof metrics]

/** The name of a counter. */
export type Counter = Names<'counter'>

/** The name of a histogram; its values are seconds. */
export type Histogram = Names<'histogram'>

/** The name of a gauge. */
export type Gauge = Names<'gauge'>

/** The labels of a metric. */
export type LabelsOf<Name extends keyof typeof metrics> = Readonly<
  Record<keyof (typeof metrics)[Name]['labels'], string>
>
