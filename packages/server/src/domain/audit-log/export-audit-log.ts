import type { RootSecret } from '../kernel/root-secret.ts'
import type { AuditLogTables } from './audit-log.ts'
import { createCheckpointSigner } from './checkpoint.ts'

const pageSize = 1000 // entries held in memory at once, about 500 kB

/**
 * Exports the whole audit log as lines of JSON, page by page: the key that verifies checkpoints, then the entries, strand by strand, then the
 * checkpoints.
 */
export async function* exportAuditLog({
  store,
  root,
}: {
  readonly store: AuditLogTables
  readonly root: RootSecret
}): AsyncGenerator<readonly string[]> {
  yield [JSON.stringify({ checkpoint_key: createCheckpointSigner(root).publicJwk })]
  for (let after = { strand: 0, seq: 0 }, more = true; more;) {
    const page = await store.auditLog.page(after, pageSize)
    yield page.map((entry) => JSON.stringify(entry))
    after = page.at(-1) ?? after
    more = page.length === pageSize
  }
  for (let after = 0, more = true; more;) {
    const page = await store.auditLog.checkpoints(after, pageSize)
    yield page.map(({ token }) => JSON.stringify({ checkpoint: token }))
    after = page.at(-1)?.seq ?? after
    more = page.length === pageSize
  }
}
