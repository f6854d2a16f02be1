import { commandLine } from '../../domain/audit-log/event.ts'
import { endSessionOf, signOutUser } from '../../domain/administration/sign-out-user.ts'
import { expiryOf, stateOf, type Session } from '../../domain/sessions/session.ts'
import { findUser } from '../../domain/users/find-user.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, settingsCommand, yes } from '../command.ts'
import { confirm } from '../prompt.ts'
import { printTable } from '../table.ts'
import { dateOf, pluralize, print, printFields, printJson, tone } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

const mode = 'production'

const list = settingsCommand({
  usage: 'list <user>',
  summary: 'List the sessions of a user, the most recently used first',
  options: [json],
  mode,
  examples: ['countersign session list ada', 'countersign session list ada --json'],
  run: (config, { user: name, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const { store, clock } = runtime
      const user = await findUser(runtime, name)
      const sessions = await store.sessions.listAlive(user.id, clock.now())
      if (asJson) return printJson(sessions.map((one) => toJson(one, runtime)))
      const heads = ['id', 'started', 'last used', 'address', 'user agent']
      await printTable(heads, sessions.map(rowOf), `${user.name} is not signed in`)
    }),
})

const show = settingsCommand({
  usage: 'show <id>',
  summary: 'Show a session: its user, where it was started, and how it ended',
  options: [json],
  mode,
  examples: ['countersign session list ada    # shows the ids', 'countersign session show s_3kXw…'],
  run: (config, { id, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const session = await findSession(runtime, id)
      const user = await runtime.store.users.find(session.userId)
      if (asJson) return printJson({ ...toJson(session, runtime), username: user?.name ?? null })
      print(tone.strong(session.id))
      printFields([
        ['user', `${user?.name ?? 'deleted'} (${session.userId})`],
        ['state', sentenceOf(session, runtime)],
        ['started', dateOf(session.createdAt)],
        ['last used', dateOf(session.lastUsedAt)],
        ['expires', dateOf(expiryOf(session))],
        ['signed in by', session.amr.join(', ')],
        ['address', session.address ?? 'unknown'],
        ['user agent', session.userAgent ?? 'unknown'],
      ])
    }),
})

const end = settingsCommand({
  usage: 'end [id]',
  summary:
    'End a session, or with --user all sessions of a user: they cannot be refreshed, and guards that check revocation refuse their access tokens at once',
  options: [['--user <NAME>', 'All sessions of this user; asks for confirmation.'], yes],
  mode,
  examples: [
    'countersign session end s_3kXw…',
    'countersign session end --user ada',
    'countersign session end --user ada --yes',
  ],
  async run(config, { id, user: name, yes: confirmed }) {
    if ((id === undefined) === (name === undefined))
      throw fail('argument_invalid', { detail: 'give either the id of a session or --user' })
    await withRuntime(config, async (runtime) => {
      if (id !== undefined) return endOne(runtime, id)
      const user = await findUser(runtime, name ?? '')
      await confirm(confirmed, `This signs ${user.name} out on every device`)
      const ended = await signOutUser(runtime, user.id, commandLine)
      print(`Ended ${pluralize(ended, 'session')} of ${user.name}`)
    })
  },
})

/** The group `session`. */
export const session = groupOf('session', 'Show and end sessions', list, show, end)

async function endOne(runtime: CommandRuntime, id: string): Promise<void> {
  const one = await findSession(runtime, id)
  if (one.endedAt !== null)
    // an access token of an expired one may still be valid
    return print(`The session is over already: ${sentenceOf(one, runtime)}`)
  await endSessionOf(runtime, one.userId, id, commandLine)
  print('Ended 1 session')
}

async function findSession({ store }: Pick<CommandRuntime, 'store'>, id: string): Promise<Session> {
  const found = await store.sessions.find(id)
  if (found) return found
  throw fail('session_unknown')
}

function sentenceOf(one: Session, { clock }: Pick<CommandRuntime, 'clock'>): string {
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

function toJson(one: Session, { clock }: Pick<CommandRuntime, 'clock'>) {
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
