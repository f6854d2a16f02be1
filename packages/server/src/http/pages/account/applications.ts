import * as z from 'zod'
import {
  connectedApplications,
  disconnectApplication,
  type ConnectedApplication,
} from '../../../domain/grants/connected-applications.ts'
import { clientIdSchema } from '../../api/schemas.ts'
import { formErrorMessage } from '../fields.ts'
import { absoluteTime, relativeTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import { form, type Page, type PageInput } from '../page.ts'

const path = '/account/applications'
const disconnectPath = '/account/applications/disconnect'

const disconnectForm = form({
  name: 'disconnect',
  path: disconnectPath,
  limit: 'changes-per-user',
  fields: z.object({ application: clientIdSchema }),
  async submit({ fields, runtime, member, link }) {
    const { user, session } = member()
    const owner = { userId: user.id, sessionId: session.id }
    await disconnectApplication(runtime, owner, fields.application)
    return { to: link(path), flash: 'application_disconnected' }
  },
})

/** The applications that the visitor has signed in to. */
export const accountApplications: Page = {
  path,
  summary: 'See the applications that you have signed in to, and what they may do',
  access: 'user',

  async render(input) {
    const { t } = input
    const now = input.runtime.clock.now()
    const applications = await applicationsOf(input)
    const main = html`<section class="card" aria-labelledby="applications">
      <h1 id="applications">${t('Connected applications')}</h1>
      <p class="intro">
        ${t('You have signed in to these applications, and allowed them what is listed. Disconnect one, and every API refuses it at once.')}
      </p>
      ${applications.length === 0 && html`<p>${t('No application is connected.')}</p>`}
      <ul class="list">
        ${applications.map((one) => item(one, now, input))}
      </ul>
    </section>`
    return { title: t('Connected applications'), main, language: t.language }
  },
}

/** Asks before an application is disconnected. */
export const disconnectPage: Page = {
  path: disconnectPath,
  summary: 'Disconnect an application, after a question',
  access: 'user',
  forms: [disconnectForm],

  async render(input) {
    const { query, link, formError, t } = input
    const id = formError?.typed['application'] ?? query.get('application')
    const found = (await applicationsOf(input)).find((one) => one.clientId === id)
    if (!found) return { to: link(path) }
    const main = html`<section class="card narrow">
      <h1>${t('Disconnect {name}?', { name: found.name })}</h1>
      <p>
        ${t('Every API refuses it at once, on all your devices. To use it again, sign in to it again.')}
      </p>
      <form method="post" action="${link(disconnectPath)}" class="fields">
        ${formErrorMessage({ form: disconnectForm.name, formError })}
        <input type="hidden" name="application" value="${found.clientId}" />
        <div class="row">
          <button class="danger">${t('Disconnect')}</button>
          <a class="button" href="${link(path)}">${t('Cancel')}</a>
        </div>
      </form>
    </section>`
    return { title: t('Disconnect {name}?', { name: found.name }), main, language: t.language }
  },
}

async function applicationsOf({ runtime: { store, clock }, member }: PageInput) {
  const grants = await store.sessions.listGrants(member().user.id, 'application', clock.now())
  return connectedApplications(grants)
}

function item(one: ConnectedApplication, now: number, { link, t }: PageInput): Html {
  return html`<li>
    <div class="what">
      <p><strong>${one.name}</strong></p>
      <p>${one.scopes.map((scope) => html`<span class="badge">${scope}</span> `)}</p>
      <p class="quietly">${one.resources.join(', ')}</p>
      <p class="quietly">
        ${t.html('Connected {time}; last used {used}', { time: absoluteTime(one.connectedAt, t.language), used: relativeTime(one.lastUsedAt, now, t.language) })}
      </p>
    </div>
    <a
      class="button small"
      aria-label="${t('Disconnect {name}', { name: one.name })}"
      href="${link(`${disconnectPath}?application=${encodeURIComponent(one.clientId)}`)}"
      >${t('Disconnect …')}</a
    >
  </li>`
}
