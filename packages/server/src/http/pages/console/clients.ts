import { z } from 'zod'
import type { Client } from '../../../domain/clients/client.ts'
import type { StoredSecret } from '../../../domain/clients/clients.ts'
import { removeClient } from '../../../domain/machines/change-clients.ts'
import { idSchema } from '../../api/schemas.ts'
import { formErrorMessage } from '../fields.ts'
import { absoluteTime, relativeTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import { actorOf, form, type Page, type PageInput } from '../page.ts'
import { consoleView, emptyState, table } from './console-layout.ts'

const clientsPath = '/console/clients'
const removePath = `${clientsPath}/remove`

const removeForm = form({
  name: 'remove-client',
  path: removePath,
  limit: 'changes-per-user',
  fields: z.object({ client: idSchema }),
  async submit({ fields, runtime, member, link }) {
    await removeClient(runtime, fields.client, actorOf(member()))
    return { to: link(clientsPath), flash: 'client_removed' }
  },
})

/** The service accounts, with when their secrets were last used and end. */
export const consoleClients: Page = {
  path: clientsPath,
  summary: 'List service accounts and resources, with when secrets were last used and end',
  access: 'admin',

  async render(input) {
    const { store } = input.runtime
    const clients = await store.clients.list()
    const rows: Html[][] = []
    for (const one of clients) rows.push(rowOf(one, await store.clients.secrets(one.id), input))
    const resources = await store.resources.list()
    const main = html`<h1>Service accounts</h1>
      <p class="intro">Programs that get access tokens for themselves.</p>
      ${
        clients.length === 0
          ? emptyState('No service accounts.', 'Add one with countersign client add.')
          : table('Service accounts', ['Name', 'Scopes', 'Authenticates by', 'Action'], rows)
      }
      <h2>Resources</h2>
      <p class="intro">The APIs that access tokens are for.</p>
      ${
        resources.length === 0
          ? emptyState('No resources.', 'Add one with countersign resource add.')
          : table(
              'Resources',
              ['Audience', 'Scopes'],
              resources.map(({ audience, scopes }) => [html`${audience}`, badges(scopes)]),
            )
      }`
    return consoleView(input, clientsPath, { title: 'Service accounts', main })
  },
}

/** Asks before a service account is removed: a page of its own, so that it does not happen by mistake. */
export const consoleRemoveClient: Page = {
  path: removePath,
  summary: 'Remove a service account, after a question',
  access: 'admin',
  forms: [removeForm],

  async render(input) {
    const { runtime, query, link, formError } = input
    const id = query.get('client') ?? ''
    const client = /^[\w-]{1,128}$/.test(id) ? await runtime.store.clients.find(id) : undefined
    if (!client) return { to: link(clientsPath) }
    const main = html`<section class="card narrow">
      <h1>Remove this service account?</h1>
      <p>
        The secrets and tokens of <strong>${client.name}</strong> are refused at once, and programs
        that use them stop working. This cannot be undone.
      </p>
      <form method="post" action="${link(removePath)}" class="fields">
        ${formErrorMessage({ form: removeForm.name, formError })}
        <input type="hidden" name="client" value="${client.id}" />
        <div class="row">
          <button class="danger">Remove</button>
          <a class="button" href="${link(clientsPath)}">Cancel</a>
        </div>
      </form>
    </section>`
    return consoleView(input, clientsPath, { title: 'Remove a service account', main })
  },
}

function rowOf(
  { id, name, scopes, jwks, trust }: Client,
  secrets: readonly StoredSecret[],
  { link, runtime }: PageInput,
): Html[] {
  const now = runtime.clock.now()
  const shown = secrets.map(({ secret: { lastUsedAt, expiresAt } }) => {
    const used =
      lastUsedAt === null ? 'never used' : html`last used ${relativeTime(lastUsedAt, now)}`
    return html`Secret, ${used}${expiresAt !== null && html`, ends ${absoluteTime(expiresAt)}`}<br />`
  })
  return [
    html`${name} <code>${id}</code>`,
    badges(scopes),
    html`${shown}${jwks && 'Its own keys '}${trust && html`Tokens of ${trust.issuer}`}`,
    html`<a
      class="button small"
      aria-label="Remove ${name}"
      href="${link(`${removePath}?client=${id}`)}"
      >Remove …</a
    >`,
  ]
}

function badges(words: readonly string[]): Html {
  return html`${words.map((one) => html`<span class="badge">${one}</span> `)}`
}
