import { account } from './german-account.ts'
import { advice } from './german-advice.ts'
import { audit } from './german-audit-log.ts'
import { clients } from './german-clients.ts'
import { console } from './german-console.ts'
import { developers } from './german-developers.ts'
import { fields } from './german-fields.ts'
import { flash } from './german-flash.ts'
import { keys } from './german-keys.ts'
import { overview } from './german-overview.ts'
import { users } from './german-users.ts'

/** The German of every phrase. */
export const german = {
  ...account,
  ...clients,
  ...console,
  ...fields,
  ...flash,
  ...overview,
  ...users,
  ...keys,
  ...audit,
  ...developers,
  ...advice,
}
