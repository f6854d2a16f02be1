import { devices, endOneForm, endOthersForm } from './account-devices.ts'
import { history } from './account-activity.ts'
import { emailForm, emailSection } from './account-email.ts'
import { passwordForm, passwordSection } from './account-password.ts'
import { html } from './html.ts'
import type { Page, PageInput } from './page.ts'
import { absoluteTime } from './format-time.ts'

/** Who am I, where am I signed in, and what has happened? */
export const account: Page = {
  path: '/account',
  summary: 'See and change one’s own account: password, e-mail address, devices, what has happened',
  access: 'user',
  forms: [endOneForm, endOthersForm, passwordForm, emailForm],

  async render(input) {
    const main = html`${who(input)} ${await devices(input)}
      <section class="card" aria-labelledby="ways">
        <h2 id="ways">Password and e-mail</h2>
        <div class="folds">${passwordSection(input)} ${emailSection(input)}</div>
      </section>
      ${await history(input)}
      <section class="card" aria-labelledby="end">
        <div class="title">
          <h2 id="end">Delete this account</h2>
          <a class="button small" href="${input.link('/account/delete')}">Delete …</a>
        </div>
        <p class="intro">Everything that hangs on it goes with it. You will be asked once more.</p>
      </section>`
    return { title: 'Account', main }
  },
}

function who({ member }: PageInput) {
  const { user } = member()
  return html`<section class="who-am-i" aria-label="Who you are">
    <p class="seal" aria-hidden="true">${[...user.name][0]?.toUpperCase()}</p>
    <div>
      <h1>${user.name}</h1>
      <p class="intro">
        Here since
        ${absoluteTime(user.createdAt)}${
          user.roles.length > 0 &&
          html` <span class="roles"
            >${user.roles.map((role) => html`<span class="badge">${role}</span> `)}</span
          >`
        }
      </p>
    </div>
  </section>`
}
