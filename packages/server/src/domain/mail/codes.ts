import type { Seconds } from '@countersign/token/internal'
import type { MailCode } from './code.ts'
import type { OutboxTables } from './outbox.ts'

/** The table of codes and links. */
export interface MailCodes {
  /** Adds a code, in place of an earlier one with the same key. */
  put(code: MailCode): Promise<void>
  /** Finds codes by their id or their keys; in a transaction, locks them. Lock their user first. */
  lock(
    by: { readonly id: string } | { readonly keys: readonly string[] },
  ): Promise<readonly MailCode[]>
  setWrong(id: string, wrong: number): Promise<void>
  delete(keys: readonly string[]): Promise<void>
  /** Deletes those that expired before `before`. */
  prune(before: Seconds): Promise<void>
}

/** The table of codes, as part of a store or a transaction. */
export interface MailCodeTables {
  readonly mailCodes: MailCodes
}

/** The tables of a transaction in which mail is promised or a code is used. */
export interface MailTx extends OutboxTables, MailCodeTables {}
