import { toIsoText } from '@countersign/token/internal'
import { duration } from '../../config/shapes.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { inviteUser } from '../../domain/registration/invite-user.ts'
import { fail } from '../../failures.ts'
import { json, settingsCommand } from '../command.ts'
import { listOf, print, printJson, printRemark } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const longest = 90 * 86_400 // seconds; leave to register is not for ever

/** Invites somebody to register. */
export const invite = settingsCommand({
  usage: 'invite',
  summary:
    'Print an invitation: whoever has it registers once, at /sign-up or POST /register, where users.registration is invitation or open',
  options: [
    ['--roles <LIST>', 'The roles that they will have, with commas between.'],
    ['--expires <DURATION>', 'How long it is good, 90d at most. By default 7d.'],
    json,
  ],
  mode: 'production',
  examples: ['countersign user invite', 'countersign user invite --roles editor --expires 2d'],
  run: (config, given = '', text = '', asJson = '') =>
    withRuntime(config, async (runtime) => {
      if (config.users.registration === 'closed')
        throw fail('registration_closed', { detail: 'set users.registration to invitation' })
      const lifetime = duration.safeParse(text || '7d')
      if (!lifetime.success || lifetime.data > longest)
        throw fail('argument_invalid', {
          detail: '--expires takes a duration such as 7d, 90d at most',
        })
      const made = await inviteUser(runtime, lifetime.data, listOf(given), commandLine)
      const { expiresAt } = made.invitation
      if (asJson) return printJson({ invitation: made.secret.reveal(), expires_at: expiresAt })
      print(made.secret.reveal())
      printRemark(`Good until ${toIsoText(expiresAt)}, once. It is shown here and never again.`)
    }),
})
