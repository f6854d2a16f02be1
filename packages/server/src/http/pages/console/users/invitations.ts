import * as z from 'zod'
import {
  invitationLink,
  recoverSecret,
  revokeInvitation,
} from '../../../../domain/registration/invite-user.ts'
import {
  showInvitation,
  type InvitationState,
  type ShownInvitation,
} from '../../../../domain/registration/show-invitation.ts'
import { isClientInviter } from '../../../../domain/registration/invitation.ts'
import { pageByTime } from '../../../pipeline/pagination.ts'
import { recentSignInSeconds } from '../../../pipeline/access.ts'
import { idSchema } from '../../../api/schemas.ts'
import { absoluteTime, timeText } from '../../format-time.ts'
import { copyable } from '../../fields.ts'
import { html, type Html, type HtmlContent } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import { stepUpPath } from '../../sign-in/step-up.ts'
import type { Phrase } from '../../translation/translate.ts'
import { badges, consoleView, emptyState, pager, table, withQuery } from '../console-layout.ts'
import { invitationsPath as path, invitePath, usersPath } from './user-fields.ts'

const pageSize = 50

const revokeForm = form({
  name: 'revoke-invitation',
  path: `${path}/revoke`,
  limit: 'changes-per-user',
  fields: z.object({ invitation: idSchema }),
  async submit({ fields, runtime, member, link }) {
    await revokeInvitation(runtime, fields.invitation, actorOf(member()))
    return { to: link(path), flash: 'invitation_revoked' }
  },
})

/** The invitations: list them with their links, and revoke them. */
export const consoleInvitations: Page = {
  path,
  summary: 'List invitations with their links, and revoke them',
  access: 'admin',
  forms: [revokeForm],

  async render(input) {
    const { query, runtime, link, t } = input
    const cursor = query.get('cursor') ?? undefined
    const { items, next } = await pageByTime({ limit: pageSize, cursor }, 'createdAt', (part) =>
      runtime.store.replica.invitations.list(part),
    )
    const shown = await Promise.all(items.map((one) => showInvitation(runtime, one)))
    const older = next === null ? undefined : link(withQuery(path, { cursor: next }))
    const main = html`<div class="title">
        <h1>${t('Invitations')}</h1>
        <a class="button small primary" href="${link(invitePath)}">${t('Invite')}</a>
      </div>
      <p class="intro">
        ${t('An invitation registers one user with its roles. Those that ended more than 30 days ago are deleted.')}
      </p>
      ${
        shown.length === 0
          ? emptyState(
              t('No invitations.'),
              t('Invite a user: they choose their name and password.'),
            )
          : table(
              t('Invitations'),
              [t('Roles'), t('State'), t('Link'), t('Invited by'), t('Expires'), t('Action')],
              await Promise.all(shown.map((one) => rowOf(one, input))),
            )
      }
      ${pager(t, cursor && link(path), older, 'Older invitations')}`
    return consoleView(input, path, { title: t('Invitations'), main })
  },
}

const states: Readonly<Record<InvitationState, Phrase>> = {
  open: 'Open',
  used: 'Used',
  expired: 'Expired',
  void: 'Void: its inviter may no longer invite',
}

async function rowOf(
  { invitation, state, inviter }: ShownInvitation,
  input: PageInput,
): Promise<readonly HtmlContent[]> {
  const { link, t } = input
  const { id, roles, createdBy, expiresAt } = invitation
  return [
    roles.length > 0 ? badges(roles) : t('no roles'),
    state === 'open' ? t('Open') : html`<span class="badge alarm">${t(states[state])}</span>`,
    state === 'open' && (await linkOf(invitation, input)),
    inviter && !isClientInviter(inviter)
      ? html`<a href="${link(`${usersPath}/${inviter.id}`)}">${inviter.name}</a>`
      : (inviter?.name ?? createdBy ?? t('the command line')),
    absoluteTime(expiresAt, t.language),
    html`<form method="post" action="${link(revokeForm.path)}">
      <input type="hidden" name="invitation" value="${id}" />
      <button
        class="small danger"
        aria-label="${t('Revoke the invitation of {time}', { time: timeText(invitation.createdAt, t.language) })}"
      >
        ${t('Revoke')}
      </button>
    </form>`,
  ]
}

/** Renders the link of an open invitation. It is a secret: an administrator whose sign-in is old must confirm who they are first. */
async function linkOf(
  invitation: ShownInvitation['invitation'],
  { runtime, link, member, t }: PageInput,
): Promise<Html> {
  const age = runtime.clock.now() - member().session.authenticatedAt
  if (Math.abs(age) > recentSignInSeconds)
    return html`<a href="${link(stepUpPath(link(path)))}">${t('Confirm who you are to see it')}</a>`
  const secret = await recoverSecret(runtime, invitation)
  if (!secret) return html`${t('Shown once, when it was made')}`
  return html`<details>
    <summary>${t('Show link')}</summary>
    ${copyable(t('Link'), invitationLink(runtime.issuer.url, secret).reveal(), t)}
  </details>`
}
