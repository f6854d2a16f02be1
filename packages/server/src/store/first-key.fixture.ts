// Opens a database, waits for a word on standard input, and then starts seventeen times at once.
import { once } from 'node:events'
import { ensureSigningKey } from '../domain/keys/ensure-signing-key.ts'
import { parseKeyEncryptionKey } from '../domain/keys/seal.ts'
import { Secret } from '../domain/secret.ts'
import { systemRandom } from '../ports/random.ts'
import { givenDatabase } from './process.fixture.ts'
import { testRoot } from './sessions.fixture.ts'
import { createStore } from './store.ts'

const kek = parseKeyEncryptionKey(new Secret(systemRandom.bytes(32).toString('base64')))!
const store = await createStore(givenDatabase())
await Promise.all(Array.from({ length: 8 }, () => store.ping())) // every connection is open before the race
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const runtime = { store, clock: { now: () => 1 }, random: systemRandom, root: testRoot }
await Promise.all(Array.from({ length: 17 }, () => ensureSigningKey(runtime, 'ES256', kek)))
await store.close()
process.exit()
