import { timingSafeEqual } from 'node:crypto'
import { fail } from '../../failures.ts'
import { personalOf } from '../audit-log/event.ts'
import { recordEvents, type RecordDeps } from '../audit-log/record-event.ts'
import type { AuditLogTx } from '../audit-log/audit-log.ts'
import { isLive, type Client } from '../clients/client.ts'
import type { ClientTables } from '../clients/clients.ts'
import { judgeClientSecretText } from '../clients/machine-secret.ts'
import type { ClientInfo } from '../kernel/client-info.ts'
import type { Metrics } from '../kernel/ports.ts'
import { hashOf, type Secret } from '../kernel/secret.ts'
import type { Transactions } from '../kernel/transactions.ts'
import { admitAttempt, type AttemptDeps } from '../limits/attempt-throttle.ts'
import { clientNetworkOf } from '../limits/client-network.ts'
import { countRefusal } from '../limits/count-refusal.ts'
import { limitRate } from '../limits/limit-rate.ts'
import type { LimitTables, RequestLimits } from '../limits/limits.ts'
import { checkAssertion, subjectOf, type AssertionDeps } from './check-assertion.ts'

/** The credentials of a client in a request. */
export type ClientCredentials =
  | { readonly kind: 'secret'; readonly id: string; readonly secret: Secret }
  | { readonly kind: 'assertion'; readonly id: string | undefined; readonly assertion: Secret }

/** A client that has authenticated, and the id of its secret if it did so with one. */
export interface AuthenticatedClient {
  readonly client: Client
  readonly secretId?: string
}

/** The dependencies of {@link authenticateClient}. */
export interface ClientAuthDeps extends AssertionDeps, RecordDeps, AttemptDeps {
  readonly store: Transactions<ClientTables & LimitTables & AuditLogTx> & ClientTables & LimitTables
  readonly metrics: Metrics
  readonly policies: AttemptDeps['policies'] & {
    readonly limits: Pick<RequestLimits, 'attempts'>
  }
}

const clientIdForm = /^c_[\w-]{22}$/ // the name of a client, which is no id, is a common mistake
const minUseInterval = 60 // seconds between two writes of when a secret was used

/**
 * Authenticates a client (RFC 6749, section 2.3). Wrong credentials are counted and slowed down as wrong passwords are, by client and
 * network, and limited by network. Fails with `client_unauthenticated` for all of them alike, `login_delayed`, `limit_exceeded` and
 * `trusted_issuer_unreachable`.
 */
export async function authenticateClient(
  deps: ClientAuthDeps,
  credentials: ClientCredentials,
  from: ClientInfo,
): Promise<AuthenticatedClient> {
  const admission = await admitAttempt(deps, { name: nameOf(credentials), address: from.address })
  try {
    const verdict = await checkCredentials(deps, credentials, from).catch(
      async (error: unknown) => {
        await admission.untested()
        throw error
      },
    )
    const count = (outcome: string) =>
      deps.metrics.count('client_authentications_total', { outcome })
    if (typeof verdict === 'object') {
      count('authenticated')
      await admission.right()
      return verdict
    }
    count('client_unauthenticated')
    await limitWrong(deps, from).catch(async (error: unknown) => {
      await admission.untested()
      throw error
    })
    await deps.store.transaction(async (tx) => {
      await admission.wrong(tx)
      await recordRefusal(deps, tx, from)
    })
    throw fail('client_unauthenticated', { facts: { problem: verdict } })
  } finally {
    admission.end()
  }
}

const maxNameLength = 256 // characters

/** The name under which attempts are counted; a user cannot have it. */
function nameOf(credentials: ClientCredentials): string {
  const claimed =
    credentials.kind === 'secret' ? credentials.id : subjectOf(credentials.assertion)?.subject
  return `\u0002client ${(claimed ?? '').slice(0, maxNameLength)}`
}

async function checkCredentials(
  deps: ClientAuthDeps,
  credentials: ClientCredentials,
  from: ClientInfo,
): Promise<AuthenticatedClient | string> {
  if (credentials.kind === 'secret') return checkSecret(deps, credentials)
  const client = await checkAssertion(deps, credentials, from)
  return typeof client === 'string' ? client : { client }
}

/** Compares the hash of a secret with those of the client's secrets; their time is the same for each, and reveals nothing of a hash. */
async function checkSecret(
  { store, clock }: ClientAuthDeps,
  { id, secret }: ClientCredentials & { readonly kind: 'secret' },
): Promise<AuthenticatedClient | string> {
  const judged = judgeClientSecretText(secret)
  if (judged !== 'well_formed') return judged
  if (!clientIdForm.test(id)) return 'client_id_malformed'
  const now = clock.now()
  const hash = Buffer.from(hashOf(secret))
  const found = (await store.clients.secrets(id)).find(
    (one) => isLive(one.secret, now) && timingSafeEqual(Buffer.from(one.hash), hash),
  )
  const client = found && (await store.clients.find(id))
  if (!client) return 'secret_wrong'
  if ((found.secret.lastUsedAt ?? -Infinity) <= now - minUseInterval)
    await store.clients.markSecretUsed(found.secret.id, now)
  return { client, secretId: found.secret.id }
}

/** Limits wrong credentials from one network: with made-up ids, each of them would write a counter of its own. Fails with `limit_exceeded`. */
async function limitWrong(deps: ClientAuthDeps, { address }: ClientInfo): Promise<void> {
  const { attempts } = deps.policies.limits
  if (attempts) await limitRate(deps, attempts, 'wrong-clients-from-network', networkOf(address))
}

/** Unknown addresses count as one network. */
function networkOf(address: string | undefined): string {
  return address === undefined ? '' : clientNetworkOf(address)
}

async function recordRefusal(
  deps: ClientAuthDeps,
  tx: LimitTables & AuditLogTx,
  from: ClientInfo,
): Promise<void> {
  const standsFor = await countRefusal(deps, tx, 'refusals-of-clients', networkOf(from.address))
  if (standsFor === 0) return
  const facts = standsFor === 1 ? {} : { count: standsFor }
  await recordEvents(deps, tx, { type: 'client_refused', facts, personal: personalOf(from) })
}
