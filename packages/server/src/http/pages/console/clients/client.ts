import { isLive, type Client, type ClientSecret } from '../../../../domain/clients/client.ts'
import { isDocumentClient } from '../../../../domain/clients/client-document.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { html, type Html } from '../../html.ts'
import type { Page, PageInput } from '../../page.ts'
import { applicationForm, changeApplication, factsOfApplication } from './application-forms.ts'
import { accessFields, accessForm, rotateFields, rotateForm } from './client-forms.ts'
import { clientOf, clientsPath, kindOf, pathOf } from './clients.ts'
import { badges, consoleView, table } from '../console-layout.ts'

/** One client: its rights, its secrets, and the forms that change them. */
export const consoleClient: Page = {
  path: `${clientsPath}/:id`,
  summary:
    'See one service account or application, change its scopes, resources and redirect URIs, and rotate its secret with an overlap',
  access: 'admin',
  forms: [rotateForm, accessForm, applicationForm],

  async render(input) {
    const client = await clientOf(input)
    const stored = await input.runtime.store.clients.secrets(client.id)
    const secrets = stored.map(({ secret }) => secret)
    const main = html`<p><a href="${input.link(clientsPath)}">All clients</a></p>
      ${facts(client)} ${secrets.length > 0 && secretsCard(input, client, secrets)}
      <section class="card" aria-labelledby="change">
        <h2 id="change">Change</h2>
        ${
          isDocumentClient(client)
            ? html`<p>
                It is known by its metadata document, and may ask for the scopes of open resources.
              </p>`
            : html`${client.application && changeApplication(input, client, client.application)}
              ${accessFields(input, client)}`
        }
      </section>
      <section class="card" aria-labelledby="danger">
        <h2 id="danger">Danger zone</h2>
        <div class="row">
          ${
            client.application &&
            html`<a class="button" href="${input.link(`${pathOf(client.id)}/sign-out`)}"
              >Sign everyone out …</a
            >`
          }
          <a class="button" href="${input.link(`${pathOf(client.id)}/remove`)}">Remove …</a>
        </div>
      </section>`
    return consoleView(input, clientsPath, { title: client.name, main })
  },
}

function facts(client: Client): Html {
  const { id, name, grants, scopes, resources, trust, application, createdAt } = client
  return html`<section class="card" aria-labelledby="who">
    <h1 id="who">${name}</h1>
    <dl class="facts">
      <dt>Client id</dt>
      <dd><code>${id}</code></dd>
      <dt>Kind</dt>
      <dd>
        ${application && (application.isPublic ? 'public ' : 'confidential ')}${kindOf(client)}
      </dd>
      <dt>Grants</dt>
      <dd>${grants.join(', ')}</dd>
      <dt>Scopes</dt>
      <dd>${badges(scopes)}</dd>
      <dt>Resources</dt>
      <dd>
        ${resources.length === 0 ? 'none' : resources.map((one) => html`<code>${one}</code><br />`)}
      </dd>
      <dt>Authenticates by</dt>
      <dd>${methodOf(client)}</dd>
      ${
        trust &&
        html`<dt>Trusts</dt>
          <dd>
            <code>${trust.subject}</code> of <code>${trust.issuer}</code>, for
            <code>${trust.audience}</code>,
            ${trust.reusable ? 'until the token expires' : 'each token once'}
          </dd>`
      }
      ${application && factsOfApplication(application)}
      <dt>Created</dt>
      <dd>${absoluteTime(createdAt)}</dd>
    </dl>
  </section>`
}

function methodOf({ jwks, trust, application }: Client): Html {
  if (application?.isPublic) return html`nothing: it is public`
  if (jwks) return keysOf(jwks.keys)
  return trust ? html`the token of a workload` : html`a secret`
}

function keysOf(keys: readonly { readonly alg?: string; readonly kid?: string }[]): Html {
  const named = keys.map(
    ({ kid, alg }) => html`<br /><code>${kid ?? 'without kid'}</code> (${alg})`,
  )
  return html`its own keys, <code>private_key_jwt</code>:${named}`
}

function secretsCard(input: PageInput, client: Client, secrets: readonly ClientSecret[]): Html {
  const now = input.runtime.clock.now()
  const rows = secrets.map((one) => [
    one.expiresAt === null ? 'Current' : 'Replaced',
    absoluteTime(one.createdAt),
    one.lastUsedAt === null ? 'never' : relativeTime(one.lastUsedAt, now),
    endOf(one, now),
    one.expiresAt !== null &&
      isLive(one, now) &&
      html`<a
        class="button small"
        href="${input.link(`${clientsPath}/${client.id}/secrets/${one.id}/end`)}"
        >End now …</a
      >`,
  ])
  const replaced = secrets.find((one) => one.expiresAt !== null && isLive(one, now))
  return html`<section class="card" aria-labelledby="secrets">
    <h2 id="secrets">Secrets</h2>
    ${table(`Secrets of ${client.name}`, ['Secret', 'Created', 'Last used', 'Ends', 'Action'], rows)}
    ${rotateFields(input, client, replaced)}
  </section>`
}

function endOf({ expiresAt }: ClientSecret, now: number): Html {
  if (expiresAt === null) return html`when it is replaced`
  if (now < expiresAt) return absoluteTime(expiresAt)
  return html`<span class="badge alarm">Ended</span> ${absoluteTime(expiresAt)}`
}
