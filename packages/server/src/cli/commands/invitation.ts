import { commandLine } from '../../domain/audit-log/event.ts'
import type { Invitation } from '../../domain/registration/invitation.ts'
import { revokeInvitation } from '../../domain/registration/invite-user.ts'
import { showInvitation, type ShownInvitation } from '../../domain/registration/show-invitation.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { printTable } from '../table.ts'
import { dateOf, print, printJsonList, tone } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

const mode = 'production'
const pageSize = 500

const list = settingsCommand({
  usage: 'list',
  summary:
    'List invitations, the newest first; void if the inviter may no longer invite. Their secrets are not shown again',
  options: [json],
  mode,
  examples: ['countersign invitation list', 'countersign invitation list --json'],
  run: (config, { json: asJson }) =>
    withRuntime(config, async (runtime) => {
      if (asJson) return printJsonList(invitationsOf(runtime))
      let count = 0
      for await (const page of pagesOf(runtime)) {
        count += page.length
        await printTable(['id', 'state', 'roles', 'by', 'made', 'expires'], page.map(rowOf))
      }
      if (count === 0) print(tone.quiet('No invitations'))
    }),
})

const revoke = settingsCommand({
  usage: 'revoke <id>',
  summary: 'Revoke an invitation; a user who has registered with it stays',
  mode,
  examples: [
    'countersign invitation list    # shows the ids',
    'countersign invitation revoke i_5cTq…',
  ],
  run: (config, { id }) =>
    withRuntime(config, async (runtime) => {
      await revokeInvitation(runtime, id, commandLine)
      print('Revoked the invitation')
    }),
})

/** The group `invitation`. */
export const invitation = groupOf('invitation', 'List and revoke invitations', list, revoke)

async function* pagesOf(runtime: CommandRuntime) {
  let after: Invitation | undefined
  do {
    const page = await runtime.store.invitations.list({ limit: pageSize, after })
    if (page.length > 0) yield await Promise.all(page.map((one) => showInvitation(runtime, one)))
    after = page.length === pageSize ? page.at(-1) : undefined
  } while (after)
}

async function* invitationsOf(runtime: CommandRuntime) {
  for await (const page of pagesOf(runtime)) yield* page.map(toJson)
}

function rowOf({ invitation: one, state, inviter }: ShownInvitation): readonly string[] {
  const by = one.createdBy === null ? 'command line' : (inviter?.name ?? 'deleted')
  return [one.id, state, one.roles.join(', '), by, dateOf(one.createdAt), dateOf(one.expiresAt)]
}

function toJson({ invitation: one, state }: ShownInvitation) {
  const { id, roles, createdBy, createdAt, expiresAt } = one
  return { id, state, roles, created_by: createdBy, created_at: createdAt, expires_at: expiresAt }
}
