import * as z from 'zod'
import { dpopModes, maxUriLength, maxUris } from '../../../domain/clients/application.ts'
import { maxTrustLength, type Client } from '../../../domain/clients/client.ts'
import type { StoredSecret } from '../../../domain/clients/clients.ts'
import { signOutApplication } from '../../../domain/grants/sign-out-application.ts'
import {
  addClient,
  applicationOf,
  defaultsOf,
  removeClient,
} from '../../../domain/machines/change-clients.ts'
import {
  applicationFromJson,
  clientToJson,
  secretToJson,
} from '../../../domain/clients/client-json.ts'
import { setClient } from '../../../domain/machines/set-client.ts'
import { exampleClient, exampleClientSecret, exampleTime } from '../../openapi/examples.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { noContent, route } from '../../pipeline/route.ts'
import { publicKey } from '../schemas.ts'

const scope = 'admin:clients'

const scopes = z.array(z.string().max(64)).max(64)
const trustText = z.string().min(1).max(maxTrustLength)

const trust = z.strictObject({
  issuer: trustText,
  subject: trustText,
  audience: trustText,
  reusable: z.boolean(),
})

const uri = z.string().max(maxUriLength)
const uris = z.array(uri).max(maxUris)

/** The members of an application, in a new client and in a change. */
const applicationShape = {
  redirect_uris: uris.optional(),
  skip_consent: z.boolean().optional(),
  require_pkce: z.boolean().optional(),
  id_token_algorithm: z.string().max(32).nullable().optional(),
  dpop: z.enum(dpopModes).optional(),
  post_logout_redirect_uris: uris.optional(),
  backchannel_logout_uri: uri.nullable().optional(),
}

const shown = z.strictObject({
  id: z.string(),
  name: z.string(),
  grants: z.array(z.string()).readonly(),
  scopes: z.array(z.string()).readonly(),
  resources: z.array(z.string()).readonly(),
  jwks: z.object({ keys: z.array(publicKey).readonly() }).nullable(),
  trust: trust.nullable(),
  application: z
    .strictObject({
      redirect_uris: z.array(z.string()).readonly(),
      public: z.boolean(),
      skip_consent: z.boolean(),
      require_pkce: z.boolean(),
      id_token_algorithm: z.string().nullable(),
      dpop: z.enum(dpopModes),
      post_logout_redirect_uris: z.array(z.string()).readonly(),
      backchannel_logout_uri: z.string().nullable(),
    })
    .nullable(),
  created_at: z.int(),
  secrets: z.array(
    z.strictObject({
      id: z.string(),
      created_at: z.int(),
      expires_at: z.int().nullable(),
      /** The time at which it was last used, to the minute. */
      last_used_at: z.int().nullable(),
    }),
  ),
})

const example = {
  ...exampleClient,
  jwks: null,
  trust: null,
  application: null,
  secrets: [
    {
      id: 'k_Ro7UuNw5yEkT1mZsPq9cBg',
      created_at: exampleTime,
      expires_at: null,
      last_used_at: exampleTime + 60,
    },
  ],
}

function show(client: Client, secrets: readonly StoredSecret[]): z.input<typeof shown> {
  return { ...clientToJson(client), secrets: secrets.map(secretToJson) }
}

/** Lists clients. */
export const listClients = route({
  method: 'GET',
  path: '/admin/clients',
  summary: 'List service accounts and applications, with when their secrets were last used and end',
  limit: { none: 'one read, and one for each client' },
  access: 'admin',
  scope,
  answer: z.strictObject({ clients: z.array(shown) }),
  failures: [],
  example: { answer: { clients: [example] } },

  async handle({ runtime: { store } }) {
    const clients = await store.clients.list()
    const secretsOf = ({ id }: Client) => store.clients.secrets(id)
    return {
      clients: await Promise.all(clients.map(async (one) => show(one, await secretsOf(one)))),
    }
  },
})

/** Adds a client. */
export const addClientRoute = route({
  method: 'POST',
  path: '/admin/clients',
  summary:
    'Add a service account, or an application with which users sign in (`redirect_uris`, or the grant `urn:ietf:params:oauth:grant-type:device_code`). Its secret is returned here and never again; with `jwks` or `trust`, and if it is `public`, it has none. `resources` is this server unless given',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z.strictObject({
    name: z.string().min(1).max(64),
    scopes: scopes.optional(),
    grants: z.array(z.string().max(64)).max(8).optional(),
    resources: z.array(z.string().max(255)).max(32).optional(),
    jwks: z.looseObject({ keys: z.array(z.looseObject({})) }).optional(),
    trust: trust.optional(),
    ...applicationShape,
    public: z.boolean().optional(),
  }),
  answer: z.strictObject({ ...shown.shape, client_secret: z.string().nullable() }),
  status: 201,
  failures: ['client_unacceptable', 'client_taken', 'scope_unacceptable', 'resource_unknown'],
  example: {
    body: { name: exampleClient.name, scopes: ['admin:users'] },
    answer: { ...example, client_secret: exampleClientSecret },
  },

  async handle({ body, runtime, principal }) {
    const application = applicationOf(body.grants, applicationFromJson(body))
    const defaults = defaultsOf(application, runtime.policies.tokens.audience)
    const { grants = defaults.grants, scopes: asked = defaults.scopes } = body
    const { resources = defaults.resources } = body
    const said = { ...body, grants, scopes: asked, resources, application }
    const made = await addClient(runtime, said, actorOf(principal(), scope))
    const secrets = await runtime.store.clients.secrets(made.client.id)
    return { ...show(made.client, secrets), client_secret: made.secret?.reveal() ?? null }
  },
})

/** Changes the scopes or the resources of a client, or an application. */
export const changeClient = route({
  method: 'PATCH',
  path: '/admin/clients/:id',
  summary:
    'Change the scopes or the resources of a client, or all that an application has; what is left out stays, and `null` removes. If scopes or resources change, its access tokens are revoked, and the next ones have what is true then. Codes for a removed redirect URI are refused',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z.strictObject({
    scopes: scopes.optional(),
    resources: z.array(z.string().max(255)).max(32).optional(),
    ...applicationShape,
  }),
  answer: shown,
  failures: ['client_unacceptable', 'client_unknown', 'scope_unacceptable', 'resource_unknown'],
  example: {
    params: { id: exampleClient.id },
    body: { scopes: ['admin:users'] },
    answer: example,
  },

  async handle({ params, body, runtime, principal }) {
    const { scopes: next, resources } = body
    const application = applicationFromJson(body)
    const isSaid = Object.values(application).some((one) => one !== undefined)
    const given = {
      ...(next && { scopes: next }),
      ...(resources && { resources }),
      ...(isSaid && { application }),
    }
    const client = await setClient(runtime, params.id, given, actorOf(principal(), scope))
    return show(client, await runtime.store.clients.secrets(client.id))
  },
})

/** Signs all users out of an application. */
export const signOutClient = route({
  method: 'POST',
  path: '/admin/clients/:id/sign-out',
  summary:
    'Sign all users out of an application, which stays: its grants end, with their access and refresh tokens, and codes that were not exchanged are refused. An application with a back-channel logout URI is notified',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: z.strictObject({ ended: z.int().nonnegative() }),
  failures: ['client_unacceptable', 'client_unknown'],
  example: { params: { id: exampleClient.id }, answer: { ended: 2 } },

  async handle({ params, runtime, principal }) {
    return { ended: await signOutApplication(runtime, params.id, actorOf(principal(), scope)) }
  },
})

/** Removes a client. */
export const removeClientRoute = route({
  method: 'DELETE',
  path: '/admin/clients/:id',
  summary:
    'Remove a service account or an application with its secrets; the users of an application are signed out of it',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: noContent,
  failures: ['client_unknown', 'scope_unacceptable'],
  example: { params: { id: exampleClient.id }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await removeClient(runtime, params.id, actorOf(principal(), scope))
    return undefined
  },
})
