import * as z from 'zod'
import type { Services } from '../../pipeline/services.ts'
import type { Invitation } from '../../../domain/registration/invitation.ts'
import {
  invitationLink,
  inviteUser,
  revokeInvitation,
} from '../../../domain/registration/invite-user.ts'
import { showInvitation } from '../../../domain/registration/show-invitation.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { pageByTime, pageQuery } from '../../pipeline/pagination.ts'
import { exampleInvitation, exampleTime, exampleUserId } from '../../openapi/examples.ts'
import { noContent, route } from '../../pipeline/route.ts'

const scope = 'admin:invitations'

const week = 604_800 // seconds

const shown = z.strictObject({
  id: z.string(),
  state: z.enum(['open', 'used', 'expired', 'void']),
  roles: z.array(z.string()).readonly(),
  /** The id of the inviter, a user or a service account, who may have been deleted; null for the command line. */
  created_by: z.string().nullable(),
  created_at: z.int(),
  expires_at: z.int(),
})

const example = {
  id: 'i_5cTq0WvYb2LkNpRs8XzA1g',
  state: 'open' as const,
  roles: ['editor'],
  created_by: exampleUserId,
  created_at: exampleTime,
  expires_at: exampleTime + week,
}

async function show(
  one: Invitation,
  runtime: Pick<Services, 'store' | 'clock'>,
): Promise<z.input<typeof shown>> {
  const { id, roles, createdBy, createdAt, expiresAt } = one
  const { state } = await showInvitation(runtime, one)
  const times = { created_at: createdAt, expires_at: expiresAt }
  return { id, state, roles, created_by: createdBy, ...times }
}

/** Lists invitations. */
export const listInvitations = route({
  method: 'GET',
  path: '/admin/invitations',
  summary:
    'List invitations, the newest first; `void` if the inviter may no longer invite. Those that ended more than 30 days ago are deleted',
  limit: { none: 'one read, and one for each invitation of a page' },
  access: 'admin',
  scope,
  query: z.strictObject(pageQuery),
  answer: z.strictObject({ invitations: z.array(shown), next: z.string().nullable() }),
  failures: ['query_invalid'],
  example: { query: { limit: 50 }, answer: { invitations: [example], next: null } },

  async handle({ query, runtime }) {
    const { items, next } = await pageByTime(query, 'createdAt', (part) =>
      runtime.store.invitations.list(part),
    )
    return { invitations: await Promise.all(items.map((one) => show(one, runtime))), next }
  },
})

/** Creates an invitation. */
export const invite = route({
  method: 'POST',
  path: '/admin/invitations',
  summary:
    'Create an invitation, which registers one user with its roles. Its secret, and the link with it, are returned here and never again; `expires_in` is in seconds, by default a week',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  body: z
    .strictObject({
      roles: z.array(z.string().max(64)).max(100).optional(),
      expires_in: z.int().min(60).max(31_536_000).optional(),
    })
    .optional(),
  answer: z.strictObject({ ...shown.shape, invitation: z.string(), link: z.string() }),
  status: 201,
  failures: ['registration_closed', 'role_unacceptable'],
  example: {
    body: { roles: ['editor'] },
    answer: {
      ...example,
      invitation: exampleInvitation,
      link: `https://auth.example.com/sign-up#invitation=${exampleInvitation}`,
    },
  },

  async handle({ body, runtime, principal }) {
    const lifetime = body?.expires_in ?? week
    const made = await inviteUser(runtime, lifetime, body?.roles ?? [], actorOf(principal(), scope))
    const link = invitationLink(runtime.issuer.url, made.secret).reveal()
    return { ...(await show(made.invitation, runtime)), invitation: made.secret.reveal(), link }
  },
})

/** Revokes an invitation. */
export const revokeInvitationRoute = route({
  method: 'DELETE',
  path: '/admin/invitations/:id',
  summary: 'Revoke an invitation; a user who has registered with it stays',
  limit: 'changes-per-user',
  access: 'admin',
  scope,
  maxAge: recentSignInSeconds,
  answer: noContent,
  failures: ['invitation_unknown'],
  example: { params: { id: example.id }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await revokeInvitation(runtime, params.id, actorOf(principal(), scope))
    return undefined
  },
})
