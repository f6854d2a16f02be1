// Rotates for ever, a day at a time, and prints the id of each key once it has been answered that it signs.
import { exit, stdout } from 'node:process'
import { rotateByHand } from '../../domain/keys/rotate-signing-keys.ts'
import { activeOf } from '../../domain/keys/signing-key.ts'
import { day, ringOf, ringRuntime } from './keys.fixture.ts'
import { givenDatabase } from './process.fixture.ts'
import { createStore } from '../store.ts'

const store = await createStore(givenDatabase())
let now = Math.max(...(await ringOf(store)).map((key) => key.createdAt)) + 10 * day // later than anything that was begun

async function rotate(): Promise<never> {
  for (;;) {
    const { id } = activeOf(await ringOf(store), now, 'ES256')!
    const haste = Math.random() < 0.5 ? 'now' : 'published'
    await rotateByHand(ringRuntime(store, now), id, haste)
    const next = activeOf(await ringOf(store), now, 'ES256')!
    stdout.write(`${JSON.stringify({ id: next.id, now })}\n`)
    now += 5 * day
  }
}

await rotate().catch(() => exit(1)) // its database is gone
