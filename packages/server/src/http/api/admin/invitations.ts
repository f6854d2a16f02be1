import { z } from 'zod'
import type { Runtime } from '../../../domain/runtime.ts'
import { judgeInvitation, type Invitation } from '../../../domain/registration/invitation.ts'
import { inviteUser, revokeInvitation } from '../../../domain/registration/invite-user.ts'
import { actorOf, recentSignInSeconds } from '../../pipeline/access.ts'
import { pageByTime, pageQuery } from '../../pipeline/pagination.ts'
import { exampleInvitation, exampleTime, exampleUserId } from '../../openapi/examples.ts'
import { noContent, route } from '../../pipeline/route.ts'

const week = 604_800 // seconds

const shown = z.strictObject({
  id: z.string(),
  state: z.enum(['open', 'used', 'expired', 'void']),
  roles: z.array(z.string()).readonly(),
  /** The id of the inviter, who may have been deleted; null for the command line. */
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
  { store, clock }: Pick<Runtime, 'store' | 'clock'>,
): Promise<z.input<typeof shown>> {
  const { id, roles, createdBy, createdAt, expiresAt } = one
  const inviter = createdBy === null ? undefined : await store.users.find(createdBy)
  const state = stateOf(judgeInvitation(one, inviter, clock.now()))
  const times = { created_at: createdAt, expires_at: expiresAt }
  return { id, state, roles, created_by: createdBy, ...times }
}

/** Returns the state of an invitation. All problems of its inviter are `void`: administrators can read those from the list of users. */
function stateOf(verdict: ReturnType<typeof judgeInvitation>): z.input<typeof shown>['state'] {
  switch (verdict) {
    case 'open':
    case 'used':
    case 'expired':
      return verdict
    case 'maker_gone':
    case 'maker_disabled':
    case 'maker_powerless':
      return 'void'
  }
}

/** Lists invitations. */
export const listInvitations = route({
  method: 'GET',
  path: '/admin/invitations',
  summary:
    'List invitations, the newest first; `void` if the inviter may no longer invite. Those that ended more than 30 days ago are deleted',
  limit: { none: 'one read, and one for each invitation of a page' },
  access: 'admin',
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
    'Create an invitation, which registers one user with its roles. Its secret is returned here and never again; `expires_in` is in seconds, by default a week',
  limit: 'changes-per-user',
  access: 'admin',
  maxAge: recentSignInSeconds,
  body: z
    .strictObject({
      roles: z.array(z.string().max(64)).max(100).optional(),
      expires_in: z.int().min(60).max(31_536_000).optional(),
    })
    .optional(),
  answer: z.strictObject({ ...shown.shape, invitation: z.string() }),
  status: 201,
  failures: ['role_unacceptable'],
  example: {
    body: { roles: ['editor'] },
    answer: { ...example, invitation: exampleInvitation },
  },

  async handle({ body, runtime, principal }) {
    const lifetime = body?.expires_in ?? week
    const made = await inviteUser(runtime, lifetime, body?.roles ?? [], actorOf(principal()))
    return { ...(await show(made.invitation, runtime)), invitation: made.secret.reveal() }
  },
})

/** Revokes an invitation. */
export const revokeInvitationRoute = route({
  method: 'DELETE',
  path: '/admin/invitations/:id',
  summary: 'Revoke an invitation; a user who has registered with it stays',
  limit: 'changes-per-user',
  access: 'admin',
  maxAge: recentSignInSeconds,
  answer: noContent,
  failures: ['invitation_unknown'],
  example: { params: { id: example.id }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await revokeInvitation(runtime, params.id, actorOf(principal()))
    return undefined
  },
})
