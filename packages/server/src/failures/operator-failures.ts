/** A failure that only an operator can meet, at the command line or in the log. A caller gets `internal` in its place. */
export interface OperatorFailure {
  readonly message: string
  /** The exit code of a command by its name in `cli/exit-codes.ts`; `failed` without. */
  readonly exit?: 'usage' | 'bad' | 'config' | 'interrupted'
}

/** Every failure that only operators meet, by its code. */
export const operatorFailures = {
  // Settings, and what they name.
  setting_unknown: { exit: 'config', message: 'Unknown setting' },
  setting_invalid: { exit: 'config', message: 'Invalid setting' },
  setting_missing: { exit: 'config', message: 'Missing setting' },
  secret_sample: {
    exit: 'config',
    message: 'A secret is a well-known sample, not a random value',
  },
  default_password: { exit: 'config', message: 'A user still has the default password' },
  in_production: {
    exit: 'config',
    message: 'This database is in production; development commands do not use it',
  },
  plain_http: { exit: 'config', message: 'Passwords would cross the network unencrypted' },
  certificate_unusable: { exit: 'config', message: 'The TLS certificate cannot be used' },
  port_taken: { message: 'The port is already in use' },
  pepper_missing: {
    exit: 'config',
    message:
      'A password was hashed with a pepper that is neither in passwords.pepper nor in passwords.previous_peppers',
  },
  decryption_failed: { exit: 'config', message: 'A stored key or secret cannot be decrypted' },
  migrations_pending: {
    exit: 'config',
    message: 'Migrations are pending, and database.migrations is `expect`',
  },
  database_missing: { exit: 'config', message: 'The database does not exist' },
  database_moved: {
    exit: 'config',
    message: 'The database was moved to another one, and is not used any more',
  },
  move_unfinished: {
    exit: 'config',
    message: 'A move to this database has not finished',
  },

  // A server inside an application.
  mount_taken: {
    message: 'Another Countersign of this origin is open in this process',
  },
  mount_wrong: {
    message:
      'Countersign is mounted at a path that is not that of its `url`; use it for the whole application, without a path, or correct `url`',
  },
  body_read: {
    message:
      'Something has read the body of the request before; use Countersign before everything that parses bodies',
  },

  // Commands.
  argument_invalid: { exit: 'usage', message: 'Invalid argument' },
  confirmation_missing: { message: 'Not confirmed; nothing was changed' },
  output_unwritable: { message: 'Standard output cannot be written; the result is incomplete' },
  interrupted: { exit: 'interrupted', message: 'Interrupted; nothing was changed' },
  sign_in_failed: { message: 'The sign-in failed' },
  not_signed_in: {
    message: 'This terminal is not signed in; sign in with `countersign login` first',
  },
  key_not_lost: {
    message: 'Nothing was changed, because keys.encryption_key still decrypts the stored secrets',
  },
  request_unknown: { message: 'The log has no request with this id' },
  audit_log_broken: { exit: 'bad', message: 'The audit log is not intact' },
  key_ring_differs: {
    exit: 'bad',
    message: 'The signing keys are not those that the audit log has',
  },
  mail_undelivered: { message: 'The mail was not delivered' },
  backup_failed: { message: 'The backup failed' },
  backup_by_pg_dump: {
    message:
      'Nothing was backed up: PostgreSQL has its own program for backups; run the printed command',
  },

  // A move to another database.
  move_target_not_empty: {
    message: 'The target of the move is not an empty database; name another one',
  },
  move_version_differs: {
    exit: 'config',
    message: 'A newer version has migrated the database; move it with that version',
  },
  move_under_way: { message: 'The move cannot begin or continue' },

  // Users of other systems. Each is the reason for one line of a file that is imported.
  record_invalid: { message: 'The record is not a user' },
  users_refused: {
    message:
      'Some users were refused; correct their lines and import the file again: users who are there already stay as they are',
  },
  hash_unsupported: {
    message:
      'The password hash cannot be checked here; import the user without it, and send a link to set a new password',
  },
  hash_excessive: {
    message: 'The password hash takes too much time or memory to check; import the user without it',
  },

  // Faults in the program around this server, found in the log.
  claims_malformed: { message: 'The hook customClaims has returned no object of JSON' },
  claims_reserved: { message: 'A custom claim has the name of a claim that this server sets' },
  claims_too_large: { message: 'The custom claims are too large for an access token' },
  cookie_too_large: { message: 'The access token is too large for a cookie' },
} as const satisfies Readonly<Record<string, OperatorFailure>>
