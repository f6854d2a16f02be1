import type { CountersignError } from '@countersign/token'
import { fail } from '../../failures.ts'
import type { AuditLogTables } from '../audit-log/audit-log.ts'

// Production: a database that a server has served from in production is marked for good, and development never touches it. The sample user of
// development never enters production.

/** Returns whether a server has ever served from the database in production: its audit log says so, and never forgets. */
export async function isInProduction({ auditLog }: AuditLogTables): Promise<boolean> {
  return (await auditLog.lastOf('production_begun')) !== undefined
}

/** Keeps development away from a database of production. Fails with `in_production`. */
export async function assertNotInProduction(tables: AuditLogTables): Promise<void> {
  if (await isInProduction(tables)) throw refusal()
}

/** Returns the failure `in_production`, for a database that development must not touch. */
export function refusal(): CountersignError {
  return fail('in_production', {
    detail: 'name another one, or unset COUNTERSIGN_DATABASE_URL and COUNTERSIGN_CONFIG',
  })
}
