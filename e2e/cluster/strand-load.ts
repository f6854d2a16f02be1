// A process that loads a database with strands: for the seconds of each message its users work all at once, and it answers how much they did in a second.
import { databaseIn } from '../../packages/server/src/store/contracts/process.fixture.ts'
import { testPorts } from '../../packages/server/src/store/contracts/test-ports.fixture.ts'
import { recordEvents } from '../../packages/server/src/domain/audit-log/record-event.ts'
import { endSessionIn } from '../../packages/server/src/domain/sessions/end-sessions.ts'
import { startSession } from '../../packages/server/src/domain/sessions/start-session.ts'
import { newUser, type User } from '../../packages/server/src/domain/users/user.ts'
import { createStore } from '../../packages/server/src/store/store.ts'

/** The work of a user: an event, or a sign-in and a sign-out. */
export type StrandWork = 'record' | 'signInAndOut'

const { DATABASE, STRANDS, USERS, WORK } = process.env
const store = await createStore(databaseIn(DATABASE), { strands: Number(STRANDS) })
const deps = { ...testPorts, store, clock: { now: () => 5 } }
const users = Array.from({ length: Number(USERS) }, () => {
  const id = testPorts.random.bytes(16).toString('hex')
  return newUser(id, id, 0)
})
await Promise.all(users.map((user) => store.users.add(user, user.id, 'hash')))

/** Each work returns how many operations it was. */
const works: Readonly<Record<StrandWork, (user: User) => Promise<number>>> = {
  /** Records one event: the part of a sign-in that waits for others, at a tenth of its processor time. */
  async record({ id }) {
    const event = { type: 'login', user: id, facts: { amr: ['pwd'] } } as const
    await store.transaction((tx) => recordEvents(deps, tx, event))
    return 1
  },
  async signInAndOut(user) {
    const grant = await startSession(deps, { user, hash: 'hash', amr: ['pwd'] }, {})
    const ending = { userId: user.id, id: grant.session.id, reason: 'logout' } as const
    await store.transaction((tx) => endSessionIn(deps, tx, ending))
    return 2
  },
}
const work = works[WORK as StrandWork] // the parent's

/** Returns how many operations a second the users do, all at once. */
async function rate(seconds: number): Promise<number> {
  const begun = performance.now()
  const elapsed = () => (performance.now() - begun) / 1_000
  let done = 0
  await Promise.all(
    users.map(async (user) => {
      while (elapsed() < seconds) {
        const count = await work(user)
        done += count
      }
    }),
  )
  return done / elapsed()
}

process.on('message', async (seconds: number) => process.send?.(await rate(seconds)))
process.once('disconnect', () => process.exit()) // its parent has ended
process.send?.('ready')
