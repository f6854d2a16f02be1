import { backup } from './commands/backup.ts'
import { client } from './commands/client.ts'
import { completion } from './commands/completion.ts'
import { config } from './commands/config.ts'
import { dev } from './commands/dev.ts'
import { doctor } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { explain } from './commands/explain.ts'
import { feed } from './commands/feed.ts'
import { invitation } from './commands/invitation.ts'
import { importCommand } from './commands/import.ts'
import { login, logout } from './commands/login.ts'
import { mail } from './commands/mail.ts'
import { init } from './commands/init.ts'
import { key } from './commands/key.ts'
import { auditLog } from './commands/audit-log.ts'
import { migrate } from './commands/migrate.ts'
import { move } from './commands/move.ts'
import { relay } from './commands/relay.ts'
import { resource } from './commands/resource.ts'
import { serve } from './commands/serve.ts'
import { session } from './commands/session.ts'
import { token } from './commands/token.ts'
import { user } from './commands/user.ts'

/** Every command, under the headings of `--help`. */
export const commands = [
  ['Run a server', [dev, serve, relay]],
  [
    'Administer',
    [
      user,
      invitation,
      session,
      client,
      resource,
      key,
      auditLog,
      mail,
      importCommand,
      exportCommand,
      backup,
      move,
      migrate,
    ],
  ],
  ['Build an application', [init]],
  ['Use a server', [login, logout]],
  ['Inspect', [doctor, feed, explain, token, config, completion]],
] as const
