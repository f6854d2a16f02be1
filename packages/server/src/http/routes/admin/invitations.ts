import { z } from 'zod'
import { stateOf, type Invitation } from '../../../domain/users/invitation.ts'
import { inviteUser, withdrawInvitation } from '../../../domain/users/invite-user.ts'
import { pageOf, pageQuery, readCursor } from '../../cursor.ts'
import { exampleInvitation, exampleTime } from '../../examples.ts'
import { noContent, route } from '../../route.ts'
import { fresh } from './fresh.ts'

const week = 604_800 // seconds
const place = z.tuple([z.int(), z.string()])

const shown = z.strictObject({
  id: z.string(),
  state: z.enum(['open', 'used', 'expired']),
  roles: z.array(z.string()).readonly(),
  created_at: z.int(),
  expires_at: z.int(),
})

const example = {
  id: 'i_5cTq0WvYb2LkNpRs8XzA1g',
  state: 'open' as const,
  roles: ['editor'],
  created_at: exampleTime,
  expires_at: exampleTime + week,
}

function show(one: Invitation, now: number): z.input<typeof shown> {
  const { id, roles, createdAt, expiresAt } = one
  return { id, state: stateOf(one, now), roles, created_at: createdAt, expires_at: expiresAt }
}

/** Who is invited? */
export const listInvitations = route({
  method: 'GET',
  path: '/admin/invitations',
  summary:
    'List invitations, the newest first; those that ended more than 30 days ago are forgotten',
  limit: { none: 'one read' },
  access: 'admin',
  query: z.strictObject(pageQuery),
  answer: z.strictObject({ invitations: z.array(shown), next: z.string().nullable() }),
  failures: ['query_invalid'],
  example: { query: { limit: 50 }, answer: { invitations: [example], next: null } },

  async handle({ query: { limit, cursor }, runtime: { store, clock } }) {
    const [createdAt, id] = readCursor(cursor, place) ?? []
    const after = createdAt === undefined || id === undefined ? undefined : { createdAt, id }
    const found = await store.invitations.list({ limit: limit + 1, after })
    const { items, next } = pageOf(found, limit, (last) => [last.createdAt, last.id])
    return { invitations: items.map((one) => show(one, clock.now())), next }
  },
})

/** Invite somebody. */
export const invite = route({
  method: 'POST',
  path: '/admin/invitations',
  summary:
    'Make an invitation: whoever has it registers once, with its roles. It is told here and never again; `expires_in` are seconds, a week by default',
  limit: 'changes-per-user',
  access: 'admin',
  maxAge: fresh,
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
    const made = await inviteUser(runtime, lifetime, body?.roles ?? [], principal().subject)
    return { ...show(made.invitation, runtime.clock.now()), invitation: made.secret.reveal() }
  },
})

/** Think better of it. */
export const uninvite = route({
  method: 'DELETE',
  path: '/admin/invitations/:id',
  summary: 'Take an invitation back; a user who has registered with it stays',
  limit: 'changes-per-user',
  access: 'admin',
  maxAge: fresh,
  answer: noContent,
  failures: ['invitation_unknown'],
  example: { params: { id: example.id }, answer: undefined },

  async handle({ params, runtime, principal }) {
    await withdrawInvitation(runtime, params.id, principal().subject)
    return undefined
  },
})
