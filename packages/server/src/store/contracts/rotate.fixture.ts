// Opens a database, waits for a word on standard input, and then rotates many times at once; prints how many rotations it did.
import { once } from 'node:events'
import { rotateByHand } from '../../domain/keys/rotate-signing-keys.ts'
import { activeOf } from '../../domain/keys/signing-key.ts'
import { day, ringOf, ringRuntime } from './keys.fixture.ts'
import { givenDatabase } from './process.fixture.ts'
import { createStore } from '../store.ts'

const store = await createStore(givenDatabase())
await Promise.all(Array.from({ length: 8 }, () => store.ping())) // every connection is open before the race
const runtime = ringRuntime(store, 10 * day)
const { id } = activeOf(await ringOf(store), 10 * day, 'ES256')!
process.stdout.write('ready\n')
await once(process.stdin, 'data')
const rotations = Array.from({ length: 8 }, () => rotateByHand(runtime, id, 'published'))
const done = (await Promise.all(rotations)).filter((verdict) => verdict === 'done')
process.stdout.write(`${done.length}\n`)
await store.close()
process.exit()
