import type { AuditLog, Head } from '../../domain/audit-log/audit-log.ts'
import type { Entry } from '../../domain/audit-log/chain.ts'

/** Returns the entries after the heads that strands had earlier; all entries without them. */
export async function entriesAfter(
  auditLog: AuditLog,
  heads: readonly Head[] = [],
): Promise<readonly Entry[]> {
  const all: Entry[] = []
  for (let page = await auditLog.page({ strand: 0, seq: 0 }, 1000); page.length > 0;) {
    all.push(...page)
    page = await auditLog.page(page.at(-1)!, 1000)
  }
  const before = new Map(heads.map(({ strand, seq }) => [strand, seq]))
  return all.filter(({ strand, seq }) => seq > (before.get(strand) ?? 0))
}
