import type { Clock } from '@countersign/token'
import { commandLine } from '../../domain/audit-log/event.ts'
import { endSessionOf, signOutUser } from '../../domain/administration/sign-out-user.ts'
import { expiryOf, stateOf, type Session } from '../../domain/sessions/session.ts'
import type { SessionTables } from '../../domain/sessions/sessions.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { fail } from '../../failures.ts'
import { confirm, yes } from '../ask.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { printTable } from '../table.ts'
import { counted, dateOf, print, printFields, printJson, tone } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const mode = 'production'

const list = settingsCommand({
  usage: 'list <user>',
  summary: 'List where a user is signed in, the last used first',
  options: [json],
  mode,
  examples: ['countersign session list ada', 'countersign session list ada --json'],
  run: (config, name = '', asJson = '') =>
    withRuntime(config, async (runtime) => {
      const { store, clock } = runtime
      const user = await findUser(runtime, name)
      const sessions = await store.sessions.listAlive(user.id, clock.now())
      if (asJson) return printJson(sessions.map((one) => toJson(one, runtime)))
      const heads = ['id', 'began', 'last used', 'address', 'user agent']
      await printTable(heads, sessions.map(rowOf), `${user.name} is not signed in`)
    }),
})

const show = settingsCommand({
  usage: 'show <id>',
  summary: 'Show a session: whose it is, where it began, and how it ended if it did',
  options: [json],
  mode,
  examples: ['countersign session list ada    # tells the ids', 'countersign session show s_3kXw…'],
  run: (config, id = '', asJson = '') =>
    withRuntime(config, async (runtime) => {
      const session = await findSession(runtime, id)
      const user = await runtime.store.users.find(session.userId)
      if (asJson) return printJson({ ...toJson(session, runtime), username: user?.name ?? null })
      print(tone.strong(session.id))
      printFields([
        ['user', `${user?.name ?? 'nobody any more'} (${session.userId})`],
        ['state', sentenceOf(session, runtime)],
        ['began', dateOf(session.createdAt)],
        ['last used', dateOf(session.lastUsedAt)],
        ['lives until', dateOf(expiryOf(session))],
        ['proved by', session.amr.join(', ')],
        ['address', session.address ?? 'unknown'],
        ['user agent', session.userAgent ?? 'unknown'],
      ])
    }),
})

const end = settingsCommand({
  usage: 'end [id]',
  summary:
    'End a session, or with --user all of a user: nothing is refreshed any more, and guards that look for it refuse their access tokens at once',
  options: [['--user <NAME>', 'All sessions of this user, once it is confirmed.'], yes],
  mode,
  examples: [
    'countersign session end s_3kXw…',
    'countersign session end --user ada',
    'countersign session end --user ada --yes',
  ],
  async run(config, id = '', name = '', sure = '') {
    if ((id === '') === (name === ''))
      throw fail('argument_invalid', { detail: 'give the id of a session, or --user and a name' })
    await withRuntime(config, async (runtime) => {
      if (name !== '') {
        const user = await findUser(runtime, name)
        await confirm(sure, `All sessions of ${user.name} end, on every device`)
        const ended = await signOutUser(runtime, user.id, commandLine)
        return print(`Ended ${counted(ended, 'session')} of ${user.name}`)
      }
      const session = await findSession(runtime, id)
      if (stateOf(session, runtime.clock.now()) !== 'alive')
        return print(`It was over before: ${sentenceOf(session, runtime)}`)
      await endSessionOf(runtime, session.userId, id, commandLine)
      print('Ended 1 session')
    })
  },
})

/** Sessions, from the command line. */
export const session = groupOf('session', 'Show and end sessions', list, show, end)

async function findSession(
  { store }: { readonly store: SessionTables },
  id: string,
): Promise<Session> {
  const found = await store.sessions.find(id)
  if (found) return found
  throw fail('session_unknown')
}

function sentenceOf(one: Session, { clock }: { readonly clock: Clock }): string {
  switch (stateOf(one, clock.now())) {
    case 'alive':
      return 'alive'
    case 'expired':
      return `expired ${dateOf(expiryOf(one))}`
    case 'ended':
      return `ended ${dateOf(one.endedAt ?? 0)} (${one.endReason})`
  }
}

function rowOf({ id, createdAt, lastUsedAt, address, userAgent }: Session): readonly string[] {
  return [id, dateOf(createdAt), dateOf(lastUsedAt), address ?? '', (userAgent ?? '').slice(0, 60)]
}

function toJson(one: Session, { clock }: { readonly clock: Clock }) {
  return {
    id: one.id,
    user: one.userId,
    state: stateOf(one, clock.now()),
    created_at: one.createdAt,
    last_used_at: one.lastUsedAt,
    expires_at: expiryOf(one),
    ended_at: one.endedAt,
    end_reason: one.endReason,
    amr: one.amr,
    address: one.address,
    user_agent: one.userAgent,
  }
}
