import { fail } from '../../failures.ts'
import type { Tables } from '../store.ts'

/** Whether a server has ever served from the database: its audit log says so, and forgets nothing. */
export async function isInProduction({ auditLog }: Pick<Tables, 'auditLog'>): Promise<boolean> {
  return (await auditLog.lastOf('production_begun')) !== undefined
}

/** Keeps development from a database of production. Fails with `in_production`. */
export async function assertNotInProduction(tables: Pick<Tables, 'auditLog'>): Promise<void> {
  if (!(await isInProduction(tables))) return
  throw fail('in_production', {
    detail: 'name another one, or unset COUNTERSIGN_DATABASE_URL and COUNTERSIGN_CONFIG',
  })
}
