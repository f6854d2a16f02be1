import { after, test } from 'node:test'
import { Secret } from '../domain/secret.ts'
import { howToGetPostgres, startPostgres } from './postgres.fixture.ts'
import { poolSize, storeContract } from './store.contract.ts'

const server = await startPostgres()
after(() => server?.stop())

if (server) {
  storeContract('PostgreSQL', async (database) => {
    return { kind: 'postgres', url: new Secret(await server.url(database)), poolSize }
  })
} else {
  test('the store contract: PostgreSQL', (t) => t.skip(howToGetPostgres))
}
