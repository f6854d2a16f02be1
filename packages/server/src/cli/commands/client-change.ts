import { commandLine } from '../../domain/audit-log/event.ts'
import type { Client } from '../../domain/clients/client.ts'
import { clientToJson } from '../../domain/clients/client-json.ts'
import { setClient } from '../../domain/machines/set-client.ts'
import { fail } from '../../failures.ts'
import { applicationChangeIn, applicationChangeOptions } from '../application-options.ts'
import { json, settingsCommand } from '../command.ts'
import { clientRow } from '../show-client.ts'
import { listOf, print, printJson } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

/** Changes the scopes or the resources of a client. */
export const setAccess = settingsCommand({
  usage: 'set-access <name>',
  summary: 'Replace the scopes or the audiences of a client; tokens with the old ones are revoked',
  options: [
    ['--scopes <LIST>', 'The scopes that its tokens may have, separated by commas.', listOf],
    ['--resource <URLS>', 'The audiences of its tokens.', listOf],
  ],
  mode: 'production',
  examples: ['countersign client set-access reporter --scopes notes:read,notes:write'],
  run: (config, { name, scopes, resource }) =>
    withRuntime(config, async (runtime) => {
      const { id } = await findClient(runtime, name)
      const given = { ...(scopes && { scopes }), ...(resource && { resources: resource }) }
      const changed = await setClient(runtime, id, given, commandLine)
      print(`The client has the scopes: ${changed.scopes.join(', ') || 'none'}`)
    }),
})

/** Changes an application. */
export const setApplication = settingsCommand({
  usage: 'set-application <name>',
  summary:
    'Change an application: its redirect URIs, how it asks, and how its users sign out; codes for a removed redirect URI are refused',
  options: [...applicationChangeOptions, json],
  mode: 'production',
  examples: [
    'countersign client set-application wiki --redirect-uris https://wiki.example.com/callback',
    'countersign client set-application wiki --consent skip --dpop required',
    'countersign client set-application wiki --backchannel-logout-uri none',
  ],
  run: (config, { name, json: asJson, ...given }) =>
    withRuntime(config, async (runtime) => {
      const { id } = await findClient(runtime, name)
      const application = applicationChangeIn(given)
      const changed = await setClient(runtime, id, { application }, commandLine)
      if (asJson) return printJson(clientToJson(changed))
      print(`The client is a ${clientRow(changed, [])[2]}`)
      const { postLogoutRedirectUris: uris = [], backchannelLogoutUri } = changed.application ?? {}
      if (uris.length > 0) print(`After signing out users return to ${uris.join(' ')}`)
      if (backchannelLogoutUri != null) print(`Logout tokens go to ${backchannelLogoutUri}`)
    }),
})

/** Finds a client by its name, or by its id if that is the URL of its metadata document. Fails with `client_unknown`. */
export async function findClient({ store }: CommandRuntime, name: string): Promise<Client> {
  const found = await (name.startsWith('https://')
    ? store.clients.find(name)
    : store.clients.findByName(name))
  if (!found) throw fail('client_unknown', { detail: '`countersign client list` shows all' })
  return found
}
