import type { Runtime } from '../../runtime.ts'
import { createCheckpointSigner } from './checkpoint.ts'

const pageSize = 1000 // entries held in memory at once, about 500 kB

/**
 * The whole audit log as lines of JSON, page by page: the key that checkpoints are checked with, then the entries, then the checkpoints.
 */
export async function* exportAuditLog({
  store,
  root,
}: Pick<Runtime, 'store' | 'root'>): AsyncGenerator<readonly string[]> {
  yield [JSON.stringify({ checkpoint_key: createCheckpointSigner(root).publicJwk })]
  for (let after = 0, more = true; more;) {
    const page = await store.auditLog.page(after, pageSize)
    yield page.map((entry) => JSON.stringify(entry))
    after = page.at(-1)?.seq ?? after
    more = page.length === pageSize
  }
  for (let after = 0, more = true; more;) {
    const page = await store.auditLog.checkpoints(after, pageSize)
    yield page.map(({ token }) => JSON.stringify({ checkpoint: token }))
    after = page.at(-1)?.seq ?? after
    more = page.length === pageSize
  }
}
