/** The client that sent a request, as far as it is known: for the audit log, for limits, and for the list of a user's sessions. */
export interface ClientInfo {
  readonly userAgent?: string | undefined
  readonly address?: string | undefined
}
