import { fail } from '../failures.ts'
import type { Tables } from './store.ts'

/** Whether a server has ever served from the database: its ledger says so, and forgets nothing. */
export async function isInProduction({ ledger }: Pick<Tables, 'ledger'>): Promise<boolean> {
  return (await ledger.lastOf('production_begun')) !== undefined
}

/** Keeps development from a database of production. Fails with `in_production`. */
export async function assertNotInProduction(tables: Pick<Tables, 'ledger'>): Promise<void> {
  if (!(await isInProduction(tables))) return
  throw fail('in_production', {
    detail: 'name another one, or unset COUNTERSIGN_DATABASE_URL and COUNTERSIGN_CONFIG',
  })
}
