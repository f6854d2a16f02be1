// Writes for ever, many at once, and prints a line of JSON for each thing that was promised.
import { exit, pid, stdout } from 'node:process'
import type { StatusIndex } from '../../domain/revocation/status-list.ts'
import { newUser } from '../../domain/users/user.ts'
import { givenDatabase } from './process.fixture.ts'
import { sessionUser } from './sessions.fixture.ts'
import { createStore } from '../store.ts'

/** The promise to a writer: that three users are there, a session whose token is good, or one that has ended. */
export type Promised =
  | { readonly kind: 'users'; readonly id: string }
  | { readonly kind: 'token'; readonly text: string }
  | { readonly kind: 'ended'; readonly text: string; readonly status: StatusIndex | null }

const store = await createStore(givenDatabase())
const { signIn, refresh, end } = sessionUser(store)
const user = (id: string) => newUser(id, id, 1)
const promised = (one: Promised) => stdout.write(`${JSON.stringify(one)}\n`)
let next = 0

async function writeUsers(): Promise<never> {
  for (;;) {
    const id = `${pid}-${next++}`
    await store.transaction(async (tx) => {
      await tx.users.add(user(`${id}a`), `${id}a`, 'x')
      await tx.users.add(user(`${id}b`), `${id}b`, 'x')
    })
    await store.users.add(user(`${id}c`), `${id}c`, 'x')
    promised({ kind: 'users', id })
  }
}

async function useSessions(): Promise<never> {
  for (;;) {
    const first = await signIn()
    const second = await refresh(first.refreshToken, 1)
    const third = await refresh(second.refreshToken, 2)
    promised({ kind: 'token', text: third.refreshToken.reveal() })
    const other = await signIn()
    await end(other.session.id, 1)
    const { status } = other.session
    promised({ kind: 'ended', text: other.refreshToken.reveal(), status })
  }
}

const work = Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? writeUsers() : useSessions()))
await Promise.all(work).catch(() => exit(1)) // its database is gone
