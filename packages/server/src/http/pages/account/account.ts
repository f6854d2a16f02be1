import type { EnrolledFactors } from '../../../domain/factors/factor-policy.ts'
import { devices, endOneForm, endOthersForm } from './devices.ts'
import { signInMethodsPath } from './sign-in-methods.ts'
import { activity } from './activity.ts'
import { emailForm, emailSection, verificationForm, verificationSection } from './email.ts'
import { languageForm, languageSection } from './language.ts'
import { passwordForm, passwordSection } from './password.ts'
import { factorNames } from '../sign-in/factor-fields.ts'
import { html, type Html } from '../html.ts'
import type { Page, PageInput } from '../page.ts'
import { absoluteTime } from '../format-time.ts'

/** The account page: profile, devices, password, e-mail address and activity. */
export const account: Page = {
  path: '/account',
  summary: 'See and change your own account: password, e-mail address, devices, activity',
  access: 'user',
  forms: [endOneForm, endOthersForm, passwordForm, emailForm, verificationForm, languageForm],

  async render(input) {
    const { t, link } = input
    const enrolled = await input.runtime.store.enrolledFactors.find(input.member().user.id)
    const main = html`${profile(input)} ${await devices(input)}
      <section class="card" aria-labelledby="ways">
        <h2 id="ways">${t('Password and e-mail')}</h2>
        <div class="folds">${passwordSection(input, enrolled)} ${emailSection(input)}</div>
        ${verificationSection(input)} ${languageSection(input)}
      </section>
      ${await signInMethods(input)} ${factors(input, enrolled)}
      <section class="card" aria-labelledby="machines">
        <div class="title">
          <h2 id="machines">${t('API tokens')}</h2>
          <a class="button small" href="${link('/account/tokens')}">${t('Manage')}</a>
        </div>
        <p class="intro">${t('Let programs act for you, with scopes, until you revoke them.')}</p>
      </section>
      <section class="card" aria-labelledby="applications">
        <div class="title">
          <h2 id="applications">${t('Connected applications')}</h2>
          <a class="button small" href="${link('/account/applications')}">${t('Manage')}</a>
        </div>
        <p class="intro">${t('Applications that you have signed in to, and what they may do.')}</p>
      </section>
      ${await activity(input)}
      <section class="card" aria-labelledby="end">
        <div class="title">
          <h2 id="end">${t('Delete this account')}</h2>
          <a class="button small" href="${link('/account/delete')}">${t('Delete …')}</a>
        </div>
        <p class="intro">
          ${t('This deletes your account, its sessions and its e-mail address. You will be asked to confirm.')}
        </p>
      </section>`
    return { title: t('Account'), main, language: t.language }
  },
}

function factors({ link, member, t }: PageInput, enrolled: EnrolledFactors): Html {
  const alone = member().user.hasPassword
    ? t('None: your password alone signs in to this account.')
    : t('None: a linked account alone is enough to sign in.')
  return html`<section class="card" aria-labelledby="factors">
    <div class="title">
      <h2 id="factors">${t('Second factors')}</h2>
      <a class="button small" href="${link('/account/factors')}">${t('Manage')}</a>
    </div>
    <p class="intro">${factorNames(enrolled, t) || alone}</p>
  </section>`
}

/** Renders the way to the linked accounts, if there are any, or providers to link one of. */
async function signInMethods({ runtime, member, link, t }: PageInput): Promise<Html | undefined> {
  const identities = await runtime.store.identities.list(member().user.id)
  const { size } = runtime.identityProviders
  if (size === 0 && identities.length === 0) return undefined
  const titles = identities.map(
    ({ provider }) => runtime.identityProviders.get(provider)?.title ?? provider,
  )
  return html`<section class="card" aria-labelledby="sign-in-methods">
    <div class="title">
      <h2 id="sign-in-methods">${t('Sign-in methods')}</h2>
      <a class="button small" href="${link(signInMethodsPath)}">${t('Manage')}</a>
    </div>
    <p class="intro">
      ${titles.length === 0 ? t('No account of another site is linked.') : t('Linked: {names}', { names: titles.join(', ') })}
    </p>
  </section>`
}

function profile({ member, t }: PageInput) {
  const { user } = member()
  return html`<section class="who-am-i" aria-label="${t('Profile')}">
    <p class="seal" aria-hidden="true">${[...user.name][0]?.toUpperCase()}</p>
    <div>
      <h1>${user.name}</h1>
      <p class="intro">
        ${t.html('Member since {time}', { time: absoluteTime(user.createdAt, t.language) })}${
          user.roles.length > 0 &&
          html` <span class="roles"
            >${user.roles.map((role) => html`<span class="badge">${role}</span> `)}</span
          >`
        }
      </p>
    </div>
  </section>`
}
