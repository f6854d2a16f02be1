import { parseJsonObject, toIsoText } from '@countersign/token/internal'
import { duration } from '../../config/shapes.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import type { Client } from '../../domain/clients/client.ts'
import type { StoredSecret } from '../../domain/clients/clients.ts'
import type { ApplicationText } from '../../domain/clients/application.ts'
import {
  addClient,
  defaultsOf,
  removeClient,
  setClientAccess,
} from '../../domain/machines/change-clients.ts'
import { endClientSecret, rotateClientSecret } from '../../domain/machines/client-secrets.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, settingsCommand } from '../command.ts'
import { readTextFile } from '../read-input.ts'
import { printTable } from '../table.ts'
import { dateOf, listOf, print, printJson, printRemark, tone } from '../terminal.ts'
import { withRuntime, type CommandRuntime } from '../with-runtime.ts'

const mode = 'production'
const day = 86_400 // seconds

const add = settingsCommand({
  usage: 'add <name>',
  summary:
    'Add a service account, or with --redirect-uris an application, and print its secret once; with --jwks, --trust-issuer or --public it has none',
  options: [
    [
      '--grants <LIST>',
      'Its grants. Default: client_credentials, or authorization_code for an application.',
      listOf,
    ],
    ['--scopes <LIST>', 'The scopes that its tokens may have, separated by commas.', listOf],
    ['--resource <URLS>', 'The audiences of its tokens. Default: this server.', listOf],
    ['--jwks <FILE>', 'A JWK set of its public keys, for private_key_jwt.', jwksIn],
    ['--trust-issuer <URL>', 'Trust the tokens that this issuer gives to a workload.'],
    ['--trust-subject <NAME>', 'The sub of those tokens.'],
    ['--trust-audience <NAME>', 'The aud of those tokens. Default: issuer.url.'],
    ['--redirect-uris <LIST>', 'Where users of the application return after signing in.', listOf],
    ['--public', 'An application that cannot keep a secret: in a browser, on a phone or desktop.'],
    ['--skip-consent', 'Do not ask its users for consent: for an application of your own.'],
    [
      '--id-token-algorithm <NAME>',
      'The algorithm of its ID tokens. Default: the first of keys.algorithms.',
    ],
    ['--reusable', 'Accept one such token until it expires, and not only once.'],
    json,
  ],
  mode,
  examples: [
    'countersign client add reporter --scopes notes:read --resource https://notes.example.com',
    'countersign client add deployer --scopes admin:users --json',
    'countersign client add wiki --redirect-uris https://wiki.example.com/callback',
  ],
  run: (config, { name, json: asJson, ...given }) =>
    withRuntime(config, async (runtime) => {
      const application = applicationOf(given)
      const defaults = defaultsOf(application, runtime.policies.tokens.audience)
      const { grants = defaults.grants, scopes = defaults.scopes } = given
      const resources = given.resource ?? defaults.resources
      const { trustIssuer: issuer, trustSubject: subject, reusable } = given
      const { trustAudience: audience = runtime.issuer.url } = given
      if ((issuer === undefined) !== (subject === undefined))
        throw fail('argument_invalid', { detail: '--trust-issuer and --trust-subject go together' })
      const trust =
        issuer === undefined || subject === undefined
          ? undefined
          : { issuer, subject, audience, reusable }
      const said = { name, grants, scopes, resources, jwks: given.jwks, trust, application }
      const { client, secret } = await addClient(runtime, said, commandLine)
      if (asJson)
        return printJson({
          ...toJson(client),
          client_id: client.id,
          client_secret: secret?.reveal(),
        })
      print(`client_id      ${client.id}`)
      if (!secret) return
      print(`client_secret  ${secret.reveal()}`)
      printRemark('The secret is not shown again.')
    }),
})

/** Returns what the options say of an application; `undefined` for a service account. Fails with `argument_invalid`. */
function applicationOf(given: {
  readonly redirectUris?: readonly string[] | undefined
  readonly public?: boolean
  readonly skipConsent?: boolean
  readonly idTokenAlgorithm?: string | undefined
}): ApplicationText | undefined {
  const { redirectUris, public: isPublic, skipConsent: skipsConsent, idTokenAlgorithm } = given
  if (redirectUris) return { redirectUris, isPublic, skipsConsent, idTokenAlgorithm }
  if (isPublic || skipsConsent || idTokenAlgorithm !== undefined)
    throw fail('argument_invalid', { detail: 'an application needs --redirect-uris' })
  return undefined
}

const list = settingsCommand({
  usage: 'list',
  summary: 'List service accounts, and when their secrets were last used and end',
  options: [json],
  mode,
  examples: ['countersign client list', 'countersign client list --json'],
  run: (config, { json: asJson }) =>
    withRuntime(config, async ({ store }) => {
      const clients = await store.clients.list()
      if (clients.length === 0 && !asJson) return print(tone.quiet('No service accounts'))
      const rows: string[][] = []
      for (const client of clients) {
        const secrets = await store.clients.secrets(client.id)
        if (asJson) printJson({ ...toJson(client), secrets: secrets.map(secretToJson) })
        else rows.push(rowOf(client, secrets))
      }
      if (!asJson) await printTable(['name', 'client_id', 'scopes', 'authenticates by'], rows)
    }),
})

const setAccess = settingsCommand({
  usage: 'set-access <name>',
  summary:
    'Replace the scopes or the audiences of a service account; tokens with the old ones are revoked',
  options: [
    ['--scopes <LIST>', 'The scopes that its tokens may have, separated by commas.', listOf],
    ['--resource <URLS>', 'The audiences of its tokens.', listOf],
  ],
  mode,
  examples: ['countersign client set-access reporter --scopes notes:read,notes:write'],
  run: (config, { name, scopes, resource }) =>
    withRuntime(config, async (runtime) => {
      const { id } = await findClient(runtime, name)
      const given = { ...(scopes && { scopes }), ...(resource && { resources: resource }) }
      const changed = await setClientAccess(runtime, id, given, commandLine)
      print(`The service account has the scopes: ${changed.scopes.join(', ') || 'none'}`)
    }),
})

const rotate = settingsCommand({
  usage: 'rotate <name>',
  summary: 'Print another secret; the one before ends after the overlap',
  options: [
    [
      '--overlap <DURATION>',
      'How long the secret before may be used; 0 for no longer. Default: 1d.',
      overlapOf,
    ],
    json,
  ],
  mode,
  examples: ['countersign client secret rotate reporter --overlap 7d'],
  run: (config, { name, overlap = day, json: asJson }) =>
    withRuntime(config, async (runtime) => {
      const { id } = await findClient(runtime, name)
      const { secret, before } = await rotateClientSecret(runtime, id, overlap, commandLine)
      const ends = before?.expiresAt ?? undefined
      if (asJson)
        return printJson({
          client_id: id,
          client_secret: secret.reveal(),
          previous_expires_at: ends,
        })
      print(secret.reveal())
      printRemark(
        `It is not shown again.${ends ? ` The one before ends at ${toIsoText(ends)}.` : ''}`,
      )
    }),
})

const end = settingsCommand({
  usage: 'end <name>',
  summary: 'End the secret that another one has replaced now, and revoke the access tokens',
  mode,
  examples: ['countersign client secret end reporter'],
  run: (config, { name }) =>
    withRuntime(config, async (runtime) => {
      const { id } = await findClient(runtime, name)
      const secrets = await runtime.store.clients.secrets(id)
      const replaced = secrets.find(({ secret }) => secret.expiresAt !== null)
      await endClientSecret(runtime, id, replaced?.secret.id ?? '', commandLine)
      print('Ended the replaced secret')
    }),
})

const remove = settingsCommand({
  usage: 'remove <name>',
  summary: 'Remove a service account with its secrets',
  mode,
  examples: ['countersign client remove reporter'],
  run: (config, { name }) =>
    withRuntime(config, async (runtime) => {
      await removeClient(runtime, (await findClient(runtime, name)).id, commandLine)
      print('Removed the service account')
    }),
})

/** The group `client`. */
export const client = groupOf(
  'client',
  'Service accounts: programs that get access tokens for themselves',
  add,
  list,
  setAccess,
  groupOf('client secret', 'Rotate and end the secrets of service accounts', rotate, end),
  remove,
)

async function findClient({ store }: CommandRuntime, name: string): Promise<Client> {
  const found = await (name.startsWith('https://')
    ? store.clients.find(name)
    : store.clients.findByName(name))
  if (!found) throw fail('client_unknown')
  return found
}

function jwksIn(path: string): unknown {
  const text = readTextFile(path)
  const jwks = parseJsonObject(Buffer.from(text))
  if (jwks) return jwks
  throw fail('argument_invalid', { detail: 'the file of --jwks must be a JWK set' })
}

function overlapOf(text: string): number {
  if (text === '0') return 0
  const { success, data } = duration.safeParse(text)
  if (success && data <= 90 * day) return data
  throw fail('argument_invalid', { detail: '--overlap must be 0 or a duration of at most 90d' })
}

function rowOf({ name, id, scopes, jwks, trust }: Client, secrets: readonly StoredSecret[]) {
  const shown = secrets.map(({ secret: { lastUsedAt, expiresAt } }) => {
    const used = lastUsedAt === null ? 'never used' : `last used ${dateOf(lastUsedAt)}`
    return `secret, ${used}${expiresAt === null ? '' : `, ends ${dateOf(expiresAt)}`}`
  })
  const others = [
    ...(jwks ? ['private_key_jwt'] : []),
    ...(trust ? [`token of ${trust.issuer}`] : []),
  ]
  return [name, id, scopes.join(', '), [...shown, ...others].join('; ')]
}

function toJson({ id, name, grants, scopes, resources, trust, createdAt }: Client) {
  return { id, name, grants, scopes, resources, trust, created_at: createdAt }
}

function secretToJson({ secret: { id, createdAt, expiresAt, lastUsedAt } }: StoredSecret) {
  return { id, created_at: createdAt, expires_at: expiresAt, last_used_at: lastUsedAt }
}
