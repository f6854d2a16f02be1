// Writes users for ever, many at once, and prints a number when its users were promised to be there.
import { givenDatabase } from './process.fixture.ts'
import { createStore } from './store.ts'

const store = await createStore(givenDatabase())
const user = (id: string) => ({ id, name: id, createdAt: 1, disabledAt: null })
let next = 0

async function write(): Promise<never> {
  for (;;) {
    const id = `${process.pid}-${next++}`
    await store.transaction(async (tx) => {
      await tx.users.add(user(`${id}a`), `${id}a`, 'x')
      await tx.users.add(user(`${id}b`), `${id}b`, 'x')
    })
    await store.users.add(user(`${id}c`), `${id}c`, 'x')
    process.stdout.write(`${id}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, write)).catch(() => process.exit(1)) // its database is gone
