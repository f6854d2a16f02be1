import type { Migration } from 'kysely/migration'
import { initial } from './0001-initial.ts'
import { sessions } from './0002-sessions.ts'
import { users } from './0003-users.ts'

/** LIST 3: every migration, in order. Never edited once released; each only adds, so that two versions can run at once. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-initial': initial,
  '0002-sessions': sessions,
  '0003-users': users,
}
