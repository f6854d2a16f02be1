import { dev } from './commands/dev.ts'
import { key } from './commands/key.ts'
import { ledger } from './commands/ledger.ts'
import { serve } from './commands/serve.ts'
import { user } from './commands/user.ts'

/** LIST 6: every command. */
export const commands = [dev, serve, user, key, ledger] as const
