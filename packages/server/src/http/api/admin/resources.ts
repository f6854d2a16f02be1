import * as z from 'zod'
import type { Resource } from '../../../domain/clients/resource.ts'
import { putResource, removeResource } from '../../../domain/machines/change-resources.ts'
import { exampleTime } from '../../openapi/examples.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { noContent, route } from '../../pipeline/route.ts'

const scope = 'admin:clients'

const scopes = z.array(z.string().max(64)).max(64)

const shown = z.strictObject({
  id: z.string(),
  audience: z.string(),
  scopes: z.array(z.string()).readonly(),
  /** Lifetime of its access tokens in seconds; null for that of the settings. */
  lifetime: z.int().nullable(),
  algorithm: z.string().nullable(),
  /** True if every application with a metadata document may ask users for its scopes. */
  open: z.boolean(),
  created_at: z.int(),
})

const example = {
  id: 'r_5cTq0WvYb2LkNpRs8XzA1g',
  audience: 'https://notes.example.com',
  scopes: ['notes:read', 'notes:write'],
  lifetime: null,
  algorithm: null,
  open: false,
  created_at: exampleTime,
}

function show({ createdAt, isOpen, ...others }: Resource): z.input<typeof shown> {
  return { ...others, open: isOpen, created_at: createdAt }
}

/** Lists resources. */
export const listResources = route({
  method: 'GET',
  path: '/admin/resources',
  summary: 'List the resources that access tokens are for, with their scopes',
  limit: { none: 'one read' },
  access: 'admin',
  scope,
  answer: z.strictObject({ resources: z.array(shown) }),
  failures: [],
  example: { answer: { resources: [example] } },

  async handle({ runtime }) {
    return { resources: (await runtime.store.resources.list()).map(show) }
  },
})

/** Adds or changes a resource. */
export const setResource = route({
  method: 'POST',
  path: '/admin/resources',
  summary:
    'Add a resource, or change the one of the same audience; `lifetime` and `algorithm` are those of the settings unless given; with `open`, every application with a metadata document may ask users for its scopes',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z.strictObject({
    audience: z.string().min(1).max(255),
    scopes,
    lifetime: z.int().nullable().optional(),
    algorithm: z.string().max(32).nullable().optional(),
    open: z.boolean().optional(),
  }),
  answer: shown,
  failures: ['resource_unacceptable', 'scope_unacceptable'],
  example: {
    body: { audience: example.audience, scopes: ['notes:read', 'notes:write'] },
    answer: example,
  },

  async handle({ body, runtime, principal }) {
    const said = { ...body, isOpen: body.open }
    return show(await putResource(runtime, said, actorOf(principal(), scope)))
  },
})

/** Removes a resource. */
export const removeResourceRoute = route({
  method: 'DELETE',
  path: '/admin/resources/:id',
  summary: 'Remove a resource: its API tokens end, and clients lose it',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: noContent,
  failures: ['resource_unknown'],
  example: { params: { id: example.id }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await removeResource(runtime, params.id, actorOf(principal(), scope))
    return undefined
  },
})
