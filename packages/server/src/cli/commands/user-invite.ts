import { toIsoText } from '@countersign/token/internal'
import { duration } from '../../config/shapes.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { invitationLink, inviteUser } from '../../domain/registration/invite-user.ts'
import { fail } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { listOf, print, printJson, printNotice, printRemark } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const day = 86_400 // seconds
const maxLifetime = 90 * day // an invitation must not stay valid forever

/** Makes an invitation to register. */
export const invite = settingsCommand({
  usage: 'invite',
  summary:
    'Print an invitation for one registration, at /sign-up or POST /register; users.registration must be invitation or open',
  options: [
    ['--roles <LIST>', 'The roles of the new user, separated by commas.', listOf],
    ['--expires <DURATION>', 'The lifetime, 90d at most. Default: 7d.', lifetimeOf],
    json,
  ],
  mode: 'production',
  examples: ['countersign user invite', 'countersign user invite --roles editor --expires 2d'],
  run: (config, { roles = [], expires = 7 * day, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const made = await inviteUser(runtime, expires, roles, commandLine)
      const { expiresAt } = made.invitation
      const link = invitationLink(runtime.issuer.url, made.secret).reveal()
      if (asJson)
        return printJson({ invitation: made.secret.reveal(), link, expires_at: expiresAt })
      print(made.secret.reveal())
      printNotice(`Link: ${link}`) // on standard error: a script reads the invitation alone
      printRemark(`Valid once, until ${toIsoText(expiresAt)}. It is not shown again.`)
    }),
})

function lifetimeOf(text: string): number {
  const { success, data } = duration.safeParse(text)
  if (success && data <= maxLifetime) return data
  throw fail('argument_invalid', {
    detail: '--expires must be a duration such as 7d, 90d at most',
  })
}
