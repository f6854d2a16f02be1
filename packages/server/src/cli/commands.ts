import { dev } from './commands/dev.ts'
import { ledger } from './commands/ledger.ts'
import { serve } from './commands/serve.ts'
import { user } from './commands/user.ts'

/** LIST 6: every command. */
export const commands = [dev, serve, user, ledger] as const
