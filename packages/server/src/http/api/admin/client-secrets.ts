import * as z from 'zod'
import { endClientSecret, rotateClientSecret } from '../../../domain/machines/client-secrets.ts'
import { exampleClient, exampleClientSecret, exampleTime } from '../../openapi/examples.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { noContent, route } from '../../pipeline/route.ts'

const scope = 'admin:clients'
const day = 86_400 // seconds

/** Rotates the secret of a client. */
export const rotateSecret = route({
  method: 'POST',
  path: '/admin/clients/:id/secrets',
  summary:
    'Give a client another secret. The one before may be used for `overlap` more seconds, by default a day; 0 ends it at once',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z
    .strictObject({
      overlap: z
        .int()
        .min(0)
        .max(90 * day)
        .optional(),
    })
    .optional(),
  answer: z.strictObject({
    client_secret: z.string(),
    previous_expires_at: z.int().nullable(),
  }),
  status: 201,
  failures: ['client_unknown', 'client_unacceptable', 'scope_unacceptable'],
  example: {
    params: { id: exampleClient.id },
    body: { overlap: day },
    answer: { client_secret: exampleClientSecret, previous_expires_at: exampleTime + day },
  },

  async handle({ params, body, runtime, principal }) {
    const by = actorOf(principal(), scope)
    const made = await rotateClientSecret(runtime, params.id, body?.overlap ?? day, by)
    return {
      client_secret: made.secret.reveal(),
      previous_expires_at: made.before?.expiresAt ?? null,
    }
  },
})

/** Ends a secret of a client that another one has replaced. */
export const endSecret = route({
  method: 'DELETE',
  path: '/admin/clients/:id/secrets/:secret',
  summary:
    'End a secret that another one has replaced, before its overlap is over. The access tokens of the client are revoked, and it gets new ones',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: noContent,
  failures: ['client_unknown', 'client_secret_unknown'],
  example: {
    params: { id: exampleClient.id, secret: 'k_Ro7UuNw5yEkT1mZsPq9cBg' },
    answer: undefined,
  },

  async handle({ params, runtime, principal }) {
    await endClientSecret(runtime, params.id, params.secret, actorOf(principal(), scope))
    return undefined
  },
})
