import { parseJsonObject, toIsoText } from '@countersign/token/internal'
import { duration } from '../../config/shapes.ts'
import { commandLine } from '../../domain/audit-log/event.ts'
import { clientToJson, secretToJson } from '../../domain/clients/client-json.ts'
import { signOutApplication } from '../../domain/grants/sign-out-application.ts'
import { addClient, defaultsOf, removeClient } from '../../domain/machines/change-clients.ts'
import { endClientSecret, rotateClientSecret } from '../../domain/machines/client-secrets.ts'
import { fail } from '../../failures.ts'
import { applicationIn, applicationOptions } from '../application-options.ts'
import { groupOf, json, settingsCommand, yes } from '../command.ts'
import { confirm } from '../prompt.ts'
import { readTextFile } from '../read-input.ts'
import { clientColumns, clientRow } from '../show-client.ts'
import { printTable } from '../table.ts'
import { listOf, pluralize, print, printJson, printRemark, tone } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'
import { findClient, setAccess, setApplication } from './client-change.ts'

const mode = 'production'
const day = 86_400 // seconds

const add = settingsCommand({
  usage: 'add <name>',
  summary:
    'Add a service account, or with --redirect-uris or the grant of devices an application, and print its secret once; with --jwks, --trust-issuer or --public it has none',
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
    ...applicationOptions,
    ['--reusable', 'Accept one such token until it expires, and not only once.'],
    json,
  ],
  mode,
  examples: [
    'countersign client add reporter --scopes notes:read --resource https://notes.example.com',
    'countersign client add deployer --scopes admin:users --json',
    'countersign client add wiki --redirect-uris https://wiki.example.com/callback',
    'countersign client add cli --public --grants urn:ietf:params:oauth:grant-type:device_code',
  ],
  run: (config, { name, json: asJson, ...given }) =>
    withRuntime(config, async (runtime) => {
      const application = applicationIn(given)
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
          ...clientToJson(client),
          client_id: client.id,
          client_secret: secret?.reveal(),
        })
      print(`client_id      ${client.id}`)
      if (!secret) return
      print(`client_secret  ${secret.reveal()}`)
      printRemark('The secret is not shown again.')
    }),
})

const list = settingsCommand({
  usage: 'list',
  summary: 'List service accounts and applications, and when their secrets were last used and end',
  options: [json],
  mode,
  examples: ['countersign client list', 'countersign client list --json'],
  run: (config, { json: asJson }) =>
    withRuntime(config, async ({ store }) => {
      const clients = await store.clients.list()
      if (clients.length === 0 && !asJson) return print(tone.quiet('No clients'))
      const rows: string[][] = []
      for (const client of clients) {
        const secrets = await store.clients.secrets(client.id)
        if (asJson) printJson({ ...clientToJson(client), secrets: secrets.map(secretToJson) })
        else rows.push(clientRow(client, secrets))
      }
      if (!asJson) await printTable(clientColumns, rows)
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

const signOut = settingsCommand({
  usage: 'sign-out <name>',
  summary: 'Sign all users out of an application, which stays; its tokens are refused at once',
  options: [yes],
  mode,
  examples: ['countersign client sign-out wiki', 'countersign client sign-out wiki --yes'],
  run: (config, { name, yes: confirmed }) =>
    withRuntime(config, async (runtime) => {
      const client = await findClient(runtime, name)
      await confirm(confirmed, `This signs every user out of ${client.name}`)
      const ended = await signOutApplication(runtime, client.id, commandLine)
      print(`Ended ${pluralize(ended, 'grant')} of ${client.name}`)
    }),
})

const remove = settingsCommand({
  usage: 'remove <name>',
  summary: 'Remove a client with its secrets; the users of an application are signed out of it',
  mode,
  examples: ['countersign client remove reporter'],
  run: (config, { name }) =>
    withRuntime(config, async (runtime) => {
      await removeClient(runtime, (await findClient(runtime, name)).id, commandLine)
      print('Removed the client')
    }),
})

/** The group `client`. */
export const client = groupOf(
  'client',
  'Clients: service accounts, which get access tokens for themselves, and applications, which get them for users',
  add,
  list,
  setAccess,
  setApplication,
  signOut,
  groupOf('client secret', 'Rotate and end the secrets of clients', rotate, end),
  remove,
)

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
