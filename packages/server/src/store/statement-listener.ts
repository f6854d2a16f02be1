import type { Seconds } from '@countersign/token/internal'
import type { Logger } from 'kysely'

/** Called for each statement with its kind and the seconds that it took. */
export type StatementListener = (kind: StatementKind, took: Seconds) => void

const kinds = {
  SelectQueryNode: 'select',
  InsertQueryNode: 'insert',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete',
} as const

/** The kind of a statement; `other` for one that is neither a query nor a write. */
export type StatementKind = (typeof kinds)[keyof typeof kinds] | 'other'

/** Makes the logger that calls a listener. */
export function toLogger(onStatement: StatementListener): Logger {
  return ({ query: { query }, queryDurationMillis }) => {
    const kind = Object.hasOwn(kinds, query.kind)
      ? kinds[query.kind as keyof typeof kinds]
      : 'other'
    onStatement(kind, queryDurationMillis / 1000)
  }
}
