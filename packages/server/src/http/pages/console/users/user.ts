import { hasFactor, type EnrolledFactors } from '../../../../domain/factors/factor-policy.ts'
import type { Identity } from '../../../../domain/users/identity.ts'
import type { User } from '../../../../domain/users/user.ts'
import { fail } from '../../../../failures.ts'
import { deviceOf } from '../../../browser/device-name.ts'
import { factorNames } from '../../sign-in/factor-fields.ts'
import { formErrorMessage } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import type { Page, PageInput } from '../../page.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { consoleView, emptyState, table, withQuery } from '../console-layout.ts'
import {
  changePasswordForm,
  disableForm,
  enableForm,
  endAllForm,
  endOneForm,
  passwordFields,
  profileFields,
  profileForm,
  resetLinkForm,
} from './user-forms.ts'
import { usersPath } from './users.ts'

/** One user: their profile, their sessions, and the forms that change them. */
export const consoleUser: Page = {
  path: `${usersPath}/:id`,
  summary: 'See and change one user',
  access: 'admin',
  forms: [
    disableForm,
    enableForm,
    endAllForm,
    endOneForm,
    profileForm,
    changePasswordForm,
    resetLinkForm,
  ],

  async render(input) {
    const user = await userOf(input)
    const enrolled = await input.runtime.store.enrolledFactors.find(user.id)
    const main = html`${await heading(input, user, enrolled)}
      <section class="card" aria-labelledby="change">
        <h2 id="change">Change</h2>
        ${profileFields(input, user)}
        ${input.member().user.id !== user.id && passwordFields(input, user, enrolled)}
      </section>
      ${await sessions(input, user)} ${dangerZone(input, user, enrolled)}`
    return consoleView(input, usersPath, { title: user.name, main })
  },
}

/** Reads the user of the path. Fails with `user_unknown`. */
export async function userOf({ runtime, params }: PageInput): Promise<User> {
  const user = await runtime.store.users.find(params['id'] ?? '')
  if (!user) throw fail('user_unknown')
  return user
}

/** Names an account at an identity provider. */
function accountOf({ provider, label }: Identity): string {
  return label === null ? provider : `${label} at ${provider}`
}

async function heading(
  { link, runtime }: PageInput,
  user: User,
  enrolled: EnrolledFactors,
): Promise<Html> {
  const { id, name, email, roles, createdAt, passwordChangedAt, hasPassword, disabledAt } = user
  const identities = await runtime.store.identities.list(id)
  const history = link(withQuery('/console/audit-log', { user: id }))
  return html`<p><a href="${link(usersPath)}">All users</a></p>
    <section class="card" aria-labelledby="who">
      <div class="title">
        <h1 id="who">${name}</h1>
        <a class="button small" href="${history}">Activity</a>
      </div>
      <dl class="facts">
        <dt>Id</dt>
        <dd><code>${id}</code></dd>
        <dt>E-mail</dt>
        <dd>${email ?? 'none'}</dd>
        <dt>Roles</dt>
        <dd>
          ${roles.length === 0 ? 'none' : roles.map((role) => html`<span class="badge">${role}</span> `)}
        </dd>
        <dt>Created</dt>
        <dd>${absoluteTime(createdAt)}</dd>
        <dt>Password</dt>
        <dd>${hasPassword ? html`since ${absoluteTime(passwordChangedAt)}` : 'none'}</dd>
        <dt>Linked accounts</dt>
        <dd>${identities.map(accountOf).join(', ') || 'none'}</dd>
        <dt>Second factors</dt>
        <dd>${factorNames(enrolled) || 'none'}</dd>
        <dt>State</dt>
        <dd>
          ${
            disabledAt === null
              ? 'Active'
              : html`<span class="badge alarm">Disabled</span> since ${absoluteTime(disabledAt)}`
          }
        </dd>
      </dl>
    </section>`
}

async function sessions({ runtime, link }: PageInput, user: User): Promise<Html> {
  const now = runtime.clock.now()
  const alive = await runtime.store.sessions.listAlive(user.id, now)
  const rows = alive.map((session) => [
    deviceOf(session.userAgent),
    session.address ?? '–',
    absoluteTime(session.createdAt),
    relativeTime(session.lastUsedAt, now),
    html`<form method="post" action="${link(pathOf(endOneForm.path, user))}">
      <input type="hidden" name="session" value="${session.id}" />
      <button class="small" aria-label="Sign out ${deviceOf(session.userAgent)}">Sign out</button>
    </form>`,
  ])
  const heads = ['Device', 'Address', 'Signed in', 'Last used', 'Action']
  return html`<section class="card" aria-labelledby="sessions">
    <div class="title">
      <h2 id="sessions">Sessions</h2>
      ${
        alive.length > 0 &&
        html`<form method="post" action="${link(pathOf(endAllForm.path, user))}">
          <button class="small">Sign out all</button>
        </form>`
      }
    </div>
    ${
      rows.length === 0
        ? emptyState('No sessions.', 'A session begins with the next sign-in.')
        : table(`Sessions of ${user.name}`, heads, rows)
    }
  </section>`
}

/** Renders what disables, enables or deletes a user, or resets their second factors. Administrators cannot do it to themselves. */
function dangerZone(
  { link, member, formError }: PageInput,
  user: User,
  enrolled: EnrolledFactors,
): Html {
  if (member().user.id === user.id)
    return html`<p class="aside">
      This is you. Another administrator can disable or delete this user; your
      <a href="${link('/account')}">account page</a> has the rest.
    </p>`
  const disabled = user.disabledAt !== null
  const change = disabled ? enableForm : disableForm
  return html`<section class="card" aria-labelledby="danger">
    <h2 id="danger">Danger zone</h2>
    ${formErrorMessage({ form: change.name, formError })}
    <div class="row">
      <form method="post" action="${link(pathOf(change.path, user))}">
        <button>${disabled ? 'Enable' : 'Disable and end all sessions'}</button>
      </form>
      ${
        hasFactor(enrolled) &&
        html`<a class="button" href="${link(`${usersPath}/${user.id}/reset-factors`)}"
          >Reset second factors …</a
        >`
      }
      <a class="button" href="${link(`${usersPath}/${user.id}/delete`)}">Delete …</a>
    </div>
  </section>`
}

function pathOf(path: string, { id }: User): string {
  return path.replace(':id', id)
}
