// The contracts under SERIALIZABLE, as engines have it that speak PostgreSQL's protocol: PostgreSQL undoes transactions, and the store repeats them.
import { after, test } from 'node:test'
import { howToGetPostgres, startPostgres, type PostgresServer } from '@countersign/testing/postgres'
import { formOf } from '@countersign/testing/proofs'
import { Client } from 'pg'
import { Secret } from '../../domain/kernel/secret.ts'
import { everyContract } from '../contracts/every-contract.fixture.ts'
import { poolSize, recycle } from '../contracts/handles.fixture.ts'
import { sessionsContract } from '../contracts/sessions.contract.ts'
import { storeContract } from '../contracts/store.contract.ts'
import { createStore } from '../store.ts'
import { emptyTables } from './empty-tables.fixture.ts'

const server = await startPostgres()
after(() => server?.stop())
if (server) await contracts(server)
else test('the store contract: SERIALIZABLE', (t) => t.skip(howToGetPostgres))

async function contracts({ url }: PostgresServer) {
  const at = (text: string) => ({
    kind: 'postgres' as const,
    url: new Secret(text),
    poolSize,
    connectTimeout: 60_000, // a busy machine is slower than production allows for
    isolation: 'serializable' as const,
  })
  await (await createStore(at(await url('serial')))).close()
  const locate = recycle(async (name, content) => {
    const made = await url(`serial_${name}`, content === 'nothing' ? undefined : 'serial')
    const client = new Client(made)
    await client.connect()
    const { rows } = await client.query<{ name: string }>('select current_database() as name')
    const database = client.escapeIdentifier(String(rows[0]?.name))
    await client.query(
      `alter database ${database} set default_transaction_isolation = serializable`,
    )
    await client.end()
    return at(made)
  }, emptyTables)
  after(() => locate[Symbol.asyncDispose]())
  formOf({
    short() {
      storeContract('SERIALIZABLE', locate)
      sessionsContract('SERIALIZABLE', locate, 2)
    },
    // One server: several that sign a user in without a pause undo each attempt to end that user's sessions (docs/decisions/0063).
    long: () => everyContract('SERIALIZABLE', locate, 3, { users: 1, machines: 1 }),
  })()
}
