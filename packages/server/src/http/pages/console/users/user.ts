import type { Seconds } from '@countersign/token/internal'
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
import type { Translate } from '../../translation/translate.ts'
import { badges, consoleView, emptyState, table, withQuery } from '../console-layout.ts'
import {
  changePasswordForm,
  enableForm,
  endOneForm,
  passwordFields,
  profileFields,
  profileForm,
  resetLinkForm,
} from './user-forms.ts'
import { usersPath } from './user-fields.ts'

/** One user: their profile, their sessions, and the forms that change them. */
export const consoleUser: Page = {
  path: `${usersPath}/:id`,
  summary: 'See and change one user',
  access: 'admin',
  forms: [enableForm, endOneForm, profileForm, changePasswordForm, resetLinkForm],

  async render(input) {
    const user = await userOf(input)
    const enrolled = await input.runtime.store.enrolledFactors.find(user.id)
    const main = html`${await heading(input, user, enrolled)}
      <section class="card" aria-labelledby="change">
        <h2 id="change">${input.t('Change')}</h2>
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
function accountOf({ provider, label }: Identity, t: Translate): string {
  return label === null ? provider : t('{name} at {provider}', { name: label, provider })
}

async function heading(
  { link, runtime, t }: PageInput,
  user: User,
  enrolled: EnrolledFactors,
): Promise<Html> {
  const { id, name, email, roles, createdAt, passwordChangedAt, hasPassword, disabledAt } = user
  const identities = await runtime.store.identities.list(id)
  const history = link(withQuery('/console/audit-log', { user: id }))
  const since = (at: Seconds) => t.html('since {time}', { time: absoluteTime(at, t.language) })
  return html`<p><a href="${link(usersPath)}">${t('All users')}</a></p>
    <section class="card" aria-labelledby="who">
      <div class="title">
        <h1 id="who">${name}</h1>
        <a class="button small" href="${history}">${t('Activity')}</a>
      </div>
      <dl class="facts">
        <dt>${t('E-mail')}</dt>
        <dd>${email ?? t('none')}</dd>
        <dt>${t('Roles')}</dt>
        <dd>${roles.length === 0 ? t('none') : badges(roles)}</dd>
        <dt>${t('State')}</dt>
        <dd>
          ${
            disabledAt === null
              ? t('Active')
              : html`<span class="badge alarm">${t('Disabled')}</span> ${since(disabledAt)}`
          }
        </dd>
        <dt>${t('Created')}</dt>
        <dd>${absoluteTime(createdAt, t.language)}</dd>
        <dt>${t('Password')}</dt>
        <dd>${hasPassword ? since(passwordChangedAt) : t('none')}</dd>
        <dt>${t('Linked accounts')}</dt>
        <dd>${identities.map((one) => accountOf(one, t)).join(', ') || t('none')}</dd>
        <dt>${t('Second factors')}</dt>
        <dd>${factorNames(enrolled, t) || t('none')}</dd>
        <dt>${t('Id')}</dt>
        <dd><code>${id}</code></dd>
      </dl>
    </section>`
}

async function sessions({ runtime, link, t }: PageInput, user: User): Promise<Html> {
  const now = runtime.clock.now()
  const alive = await runtime.store.sessions.listAlive(user.id, now)
  const rows = alive.map(({ id, userAgent, address, createdAt, lastUsedAt }) => {
    const device = deviceOf(userAgent, t.language)
    return [
      device,
      address,
      absoluteTime(createdAt, t.language),
      relativeTime(lastUsedAt, now, t.language),
      html`<form method="post" action="${link(pathOf(endOneForm.path, user))}">
        <input type="hidden" name="session" value="${id}" />
        <button class="small danger" aria-label="${t('Sign out {name}', { name: device })}">
          ${t('Sign out')}
        </button>
      </form>`,
    ]
  })
  const heads = [t('Device'), t('Address'), t('Signed in'), t('Last used'), t('Action')]
  const endAll = link(`${usersPath}/${user.id}/sessions/end-all`)
  return html`<section class="card" aria-labelledby="sessions">
    <div class="title">
      <h2 id="sessions">${t('Sessions')}</h2>
      ${
        alive.length > 0 &&
        html`<a class="button small danger" href="${endAll}">${t('Sign out everywhere')}</a>`
      }
    </div>
    ${
      rows.length === 0
        ? emptyState(t('No sessions.'), t('A session begins with the next sign-in.'))
        : table(t('Sessions of {name}', { name: user.name }), heads, rows)
    }
  </section>`
}

/** Renders what disables, enables or deletes a user, or resets their second factors. Administrators cannot do it to themselves. */
function dangerZone(
  { link, member, formError, t }: PageInput,
  user: User,
  enrolled: EnrolledFactors,
): Html {
  if (member().user.id === user.id)
    return html`<p class="aside">
      ${t.html(
        'This is you. Another administrator can disable or delete this user; your {account} has the rest.',
        {
          account: html`<a href="${link('/account')}">${t('account page')}</a>`,
        },
      )}
    </p>`
  const one = `${usersPath}/${user.id}`
  return html`<section class="card" aria-labelledby="danger">
    <h2 id="danger">${t('Danger zone')}</h2>
    ${formErrorMessage({ form: enableForm.name, formError })}
    <div class="row">
      ${
        user.disabledAt === null
          ? html`<a class="button danger" href="${link(`${one}/disable`)}">${t('Disable …')}</a>`
          : html`<form method="post" action="${link(pathOf(enableForm.path, user))}">
              <button>${t('Enable')}</button>
            </form>`
      }
      ${
        hasFactor(enrolled) &&
        html`<a class="button danger" href="${link(`${one}/reset-factors`)}"
          >${t('Reset second factors …')}</a
        >`
      }
      <a class="button danger" href="${link(`${one}/delete`)}">${t('Delete …')}</a>
    </div>
  </section>`
}

function pathOf(path: string, { id }: User): string {
  return path.replace(':id', id)
}
