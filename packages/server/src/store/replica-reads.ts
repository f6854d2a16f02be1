import { isCountersignError } from '@countersign/token'
import type { Tables } from '../domain/store.ts'

/**
 * Returns the tables of a store with some reads from a replica: lists, counts and pages, of which an old answer is harmless. Everything else, and
 * these where the replica fails, goes to the primary. Never add a read of sessions, keys or limits: one that has ended would be alive again.
 */
export function readFromReplica(primary: Tables, replica: Tables): Tables {
  const prefer =
    <A extends readonly unknown[], T>(readOf: (tables: Tables) => (...args: A) => Promise<T>) =>
    async (...args: A) => {
      try {
        return await readOf(replica)(...args)
      } catch (error) {
        if (!isCountersignError(error)) throw error
        return readOf(primary)(...args)
      }
    }
  return {
    ...primary,
    users: { ...primary.users, list: prefer(({ users }) => users.list) },
    invitations: { ...primary.invitations, list: prefer(({ invitations }) => invitations.list) },
    auditLog: {
      ...primary.auditLog,
      heads: prefer(({ auditLog }) => auditLog.heads),
      page: prefer(({ auditLog }) => auditLog.page),
      newest: prefer(({ auditLog }) => auditLog.newest),
      countSince: prefer(({ auditLog }) => auditLog.countSince),
      checkpoints: prefer(({ auditLog }) => auditLog.checkpoints),
    },
  }
}
