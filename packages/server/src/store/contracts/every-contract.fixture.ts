import { accountContract } from './account.contract.ts'
import { administratorsContract } from './administrators.contract.ts'
import { auditLogContract } from './audit-log.contract.ts'
import { clientsContract } from './clients.contract.ts'
import { factorsContract } from './factors.contract.ts'
import { passkeysContract } from './passkeys.contract.ts'
import { federationContract } from './federation.contract.ts'
import { forgedKeysContract } from './forged-keys.contract.ts'
import { grantEndingsContract } from './grant-endings.contract.ts'
import { grantsContract } from './grants.contract.ts'
import { importsContract } from './imports.contract.ts'
import { invitationsContract } from './invitations.contract.ts'
import { keyChainsContract } from './key-chains.contract.ts'
import { keysContract } from './keys.contract.ts'
import { limitsContract } from './limits.contract.ts'
import { machinesContract } from './machines.contract.ts'
import { mailBudgetsContract } from './mail-budgets.contract.ts'
import { mailCodesContract } from './mail-codes.contract.ts'
import { outboxContract } from './outbox.contract.ts'
import { productionContract } from './production.contract.ts'
import { resetLinksContract } from './reset-links.contract.ts'
import { resourcesContract } from './resources.contract.ts'
import { statusContract } from './revocation.contract.ts'
import { statusFeedContract } from './status-feed.contract.ts'
import { sessionsContract } from './sessions.contract.ts'
import { storeContract } from './store.contract.ts'
import { usersContract } from './users.contract.ts'
import type { Locate } from './handles.fixture.ts'

/**
 * Runs every contract on one kind of database, and races with three handles. `handles` is for the contracts of sessions and users, whose races are long:
 * on SQLite one process has the lock of the file at a time, so three of them show no more. `loops` is for those in which a user or a machine gets
 * tokens without a pause.
 */
export function everyContract(
  name: string,
  locate: Locate,
  handles: number,
  loops: { readonly users: number; readonly machines: number } = { users: handles, machines: 3 },
): void {
  storeContract(name, locate)
  keysContract(name, locate)
  keyChainsContract(name, locate)
  forgedKeysContract(name, locate)
  productionContract(name, locate)
  sessionsContract(name, locate, handles)
  usersContract(name, locate, loops.users)
  accountContract(name, locate, 3)
  factorsContract(name, locate, 3)
  passkeysContract(name, locate, 3)
  federationContract(name, locate, 3)
  auditLogContract(name, locate, 3)
  limitsContract(name, locate, 3)
  administratorsContract(name, locate, 3)
  invitationsContract(name, locate, 3)
  importsContract(name, locate, 3)
  outboxContract(name, locate, 3)
  mailCodesContract(name, locate, 3)
  mailBudgetsContract(name, locate, 3)
  resetLinksContract(name, locate, 3)
  statusContract(name, locate, 3)
  statusFeedContract(name, locate)
  resourcesContract(name, locate, 3)
  clientsContract(name, locate, 3)
  machinesContract(name, locate, loops.machines)
  grantsContract(name, locate, 3)
  grantEndingsContract(name, locate, 3)
}
