import { isLive, type Client, type ClientSecret } from '../../../../domain/clients/client.ts'
import { isDocumentClient } from '../../../../domain/clients/client-document.ts'
import { absoluteTime, relativeTime } from '../../format-time.ts'
import { html, type Html, type HtmlContent } from '../../html.ts'
import type { Translate } from '../../translation/translate.ts'
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
    const { t } = input
    const client = await clientOf(input)
    const stored = await input.runtime.store.clients.secrets(client.id)
    const secrets = stored.map(({ secret }) => secret)
    const main = html`<p><a href="${input.link(clientsPath)}">${t('All clients')}</a></p>
      ${facts(client, t)} ${secrets.length > 0 && secretsCard(input, client, secrets)}
      <section class="card" aria-labelledby="change">
        <h2 id="change">${t('Change')}</h2>
        ${
          isDocumentClient(client)
            ? html`<p>
                ${t('It is known by its metadata document, and may ask for the scopes of open resources.')}
              </p>`
            : html`${client.application && changeApplication(input, client, client.application)}
              ${accessFields(input, client)}`
        }
      </section>
      <section class="card" aria-labelledby="danger">
        <h2 id="danger">${t('Danger zone')}</h2>
        <div class="row">
          ${
            client.application &&
            html`<a class="button danger" href="${input.link(`${pathOf(client.id)}/sign-out`)}"
              >${t('Sign everyone out …')}</a
            >`
          }
          <a class="button danger" href="${input.link(`${pathOf(client.id)}/remove`)}"
            >${t('Remove …')}</a
          >
        </div>
      </section>`
    return consoleView(input, clientsPath, { title: client.name, main })
  },
}

function facts(client: Client, t: Translate): Html {
  const { id, name, grants, scopes, resources, trust, application, createdAt } = client
  return html`<section class="card" aria-labelledby="who">
    <h1 id="who">${name}</h1>
    <dl class="facts">
      <dt>${t('Client id')}</dt>
      <dd><code>${id}</code></dd>
      <dt>${t('Kind')}</dt>
      <dd>
        ${kindOf(client, t)}${application && html`, ${application.isPublic ? t('public') : t('confidential')}`}
      </dd>
      <dt>${t('Grants')}</dt>
      <dd>${grants.join(', ')}</dd>
      <dt>${t('Scopes')}</dt>
      <dd>${badges(scopes)}</dd>
      <dt>${t('Resources')}</dt>
      <dd>
        ${resources.length === 0 ? t('none') : resources.map((one) => html`<code>${one}</code><br />`)}
      </dd>
      <dt>${t('Authenticates by')}</dt>
      <dd>${methodOf(client, t)}</dd>
      ${
        trust &&
        html`<dt>${t('Trusts')}</dt>
          <dd>
            ${t.html('{subject} of {issuer}, for {audience}', {
              subject: html`<code>${trust.subject}</code>`,
              issuer: html`<code>${trust.issuer}</code>`,
              audience: html`<code>${trust.audience}</code>`,
            })},
            ${trust.reusable ? t('until the token expires') : t('each token once')}
          </dd>`
      }
      ${application && factsOfApplication(application, t)}
      <dt>${t('Created')}</dt>
      <dd>${absoluteTime(createdAt, t.language)}</dd>
    </dl>
  </section>`
}

function methodOf({ jwks, trust, application }: Client, t: Translate): HtmlContent {
  if (application?.isPublic) return t('Nothing: it is public')
  if (jwks) return keysOf(jwks.keys, t)
  return trust ? t('the token of a workload') : t('a secret')
}

function keysOf(
  keys: readonly { readonly alg?: string; readonly kid?: string }[],
  t: Translate,
): Html {
  const named = keys.map(
    ({ kid, alg }) => html`<br /><code>${kid ?? t('without kid')}</code> (${alg})`,
  )
  return html`${t('Its own keys')}, <code>private_key_jwt</code>:${named}`
}

function secretsCard(input: PageInput, client: Client, secrets: readonly ClientSecret[]): Html {
  const { t } = input
  const now = input.runtime.clock.now()
  const rows = secrets.map((one) => [
    one.expiresAt === null ? t('Current') : t('Replaced'),
    absoluteTime(one.createdAt, t.language),
    one.lastUsedAt === null ? t('never') : relativeTime(one.lastUsedAt, now, t.language),
    endOf(one, now, t),
    one.expiresAt !== null &&
      isLive(one, now) &&
      html`<a
        class="button small danger"
        href="${input.link(`${clientsPath}/${client.id}/secrets/${one.id}/end`)}"
        >${t('End now …')}</a
      >`,
  ])
  const replaced = secrets.find((one) => one.expiresAt !== null && isLive(one, now))
  return html`<section class="card" aria-labelledby="secrets">
    <h2 id="secrets">${t('Secrets')}</h2>
    ${table(t('Secrets of {name}', { name: client.name }), [t('Secret'), t('Created'), t('Last used'), t('Ends'), t('Action')], rows)}
    ${rotateFields(input, client, replaced)}
  </section>`
}

function endOf({ expiresAt }: ClientSecret, now: number, t: Translate): HtmlContent {
  if (expiresAt === null) return t('when it is replaced')
  if (now < expiresAt) return absoluteTime(expiresAt, t.language)
  return html`<span class="badge alarm">${t('Ended')}</span> ${absoluteTime(expiresAt, t.language)}`
}
