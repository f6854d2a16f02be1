// Opens a database, waits for a word on standard input, and then starts seventeen times at once.
import { once } from 'node:events'
import { ensureSigningKeys } from '../../domain/keys/ensure-signing-keys.ts'
import { ringRuntime } from './keys.fixture.ts'
import { givenDatabase } from './process.fixture.ts'
import { createStore } from '../store.ts'

const store = await createStore(givenDatabase())
await Promise.all(Array.from({ length: 8 }, () => store.ping())) // every connection is open before the race
process.stdout.write('ready\n')
await once(process.stdin, 'data')
await Promise.all(Array.from({ length: 17 }, () => ensureSigningKeys(ringRuntime(store, 1))))
await store.close()
process.exit()
