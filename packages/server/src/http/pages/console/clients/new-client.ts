import { parseJsonObject } from '@countersign/token/internal'
import * as z from 'zod'
import { maxTrustLength } from '../../../../domain/clients/client.ts'
import { adminScopes } from '../../../../domain/clients/resource.ts'
import {
  addClient,
  type ClientText,
  type NewClient,
} from '../../../../domain/machines/change-clients.ts'
import {
  copyable,
  field,
  formErrorMessage,
  textArea,
  type Field,
  type FieldContext,
} from '../../fields.ts'
import { html, type Html, type HtmlContent } from '../../html.ts'
import { actorOf, form, type Form, type Page, type PageInput, type View } from '../../page.ts'
import { clientsPath } from './clients.ts'
import { badges, consoleView } from '../console-layout.ts'
import { splitWords } from '../users/user-fields.ts'

const path = `${clientsPath}/add`

const fields = z.object({
  name: z.string().min(1).max(64),
  scopes: z.string().max(8192),
  resources: z.string().max(8192),
  method: z.enum(['secret', 'keys', 'workload']),
  jwks: z.string().max(32_768).default(''),
  issuer: z.string().max(maxTrustLength).default(''),
  subject: z.string().max(maxTrustLength).default(''),
  audience: z.string().max(maxTrustLength).default(''),
  reusable: z.literal('yes').optional(),
})

/** The failures of a new client that are shown beside their fields. */
export const newClientErrors = {
  client_taken: { field: 'name' },
  scope_unacceptable: { field: 'scopes' },
  resource_unknown: { field: 'resources' },
} as const

const addForm = form({
  name: 'add-client',
  path,
  limit: 'changes-per-user',
  fields,
  // Not `jwks`: people paste private keys by mistake.
  echoedFields: 'name scopes resources method issuer subject audience reusable'.split(' '),
  fieldErrors: newClientErrors,
  async submit(input) {
    const { runtime, member } = input
    const made = await addClient(runtime, textOf(input), actorOf(member()))
    const intro = input.t.html('{name} asks for tokens at {path}.', {
      name: made.client.name,
      path: html`<code>${input.link('/oauth/token')}</code>`,
    })
    return createdView(input, made, { title: input.t('Service account created'), intro })
  },
})

/** Adds a service account: a page of its own, because it asks for much. */
export const consoleAddClient: Page = {
  path,
  summary:
    'Add a service account, which authenticates by a secret, its own keys, or the token of a workload',
  access: 'admin',
  forms: [addForm],

  async render(input) {
    const { t } = input
    const of = { form: addForm.name, formError: input.formError, t }
    return newClientView(input, addForm, {
      kind: 'service account',
      fields: html`${text(of, 'name', t('Name'), t('Lower-case letters, digits, and . _ : -'))}
      ${text(of, 'resources', t('Resources'), t('The URLs of the APIs that its tokens are for, separated by spaces; this server unless given.'), false)}
      ${text(of, 'scopes', t('Scopes'), t('Separated by spaces. Each must be one of a resource.'), false)}
      ${await knownResources(input)} ${methods(of)}`,
    })
  },
}

function textOf({
  fields: { name, method, ...given },
  runtime,
}: PageInput & { readonly fields: z.output<typeof fields> }): ClientText {
  const resources = splitWords(given.resources)
  const { issuer, subject, reusable } = given
  const audience = given.audience || runtime.issuer.url
  return {
    name,
    grants: ['client_credentials'],
    scopes: splitWords(given.scopes),
    resources: resources.length > 0 ? resources : [runtime.policies.tokens.audience],
    ...(method === 'keys' && { jwks: parseJsonObject(Buffer.from(given.jwks)) ?? null }),
    ...(method === 'workload' && {
      trust: { issuer, subject, audience, reusable: reusable === 'yes' },
    }),
  }
}

const newClientTexts = {
  application: { title: 'New application', button: 'Create application' },
  'service account': { title: 'New service account', button: 'Create service account' },
} as const

/** Renders the page of a form that adds a client. */
export function newClientView(
  input: PageInput,
  { name, path: action }: Pick<Form, 'name' | 'path'>,
  { kind, fields: shown }: { readonly kind: keyof typeof newClientTexts; readonly fields: Html },
): View {
  const { link, formError, t } = input
  const { title, button } = newClientTexts[kind]
  const main = html`<p><a href="${link(clientsPath)}">${t('All clients')}</a></p>
    <section class="card" aria-labelledby="add">
      <h1 id="add">${t(title)}</h1>
      <form method="post" action="${link(action)}" class="fields measure">
        ${formErrorMessage({ form: name, formError })} ${shown}
        <button class="primary">${t(button)}</button>
      </form>
    </section>`
  return consoleView(input, clientsPath, { title: t(title), main })
}

/** Renders the resources with their scopes, to choose from. */
export async function knownResources({ runtime, t }: PageInput): Promise<Html> {
  const resources = await runtime.store.resources.list()
  const own = runtime.policies.tokens.audience
  const ofOwn = resources.find(({ audience }) => audience === own)?.scopes ?? []
  const others = resources.filter(({ audience }) => audience !== own)
  const rows = [{ audience: own, scopes: [...ofOwn, ...adminScopes] }, ...others]
  return html`<details>
    <summary>${t('All resources and their scopes')}</summary>
    <dl class="stack">
      ${rows.map(
        ({ audience, scopes }) =>
          html`<div>
            <dt><code>${audience}</code></dt>
            <dd>${badges(scopes)}</dd>
          </div>`,
      )}
    </dl>
  </details>`
}

/** Renders the ways to authenticate. The style sheet shows the fields of the chosen one; a browser that cannot do that shows them all. */
function methods(of: FieldContext): Html {
  const { t } = of
  const chosen = of.formError?.typed['method'] ?? 'secret'
  const method = (value: string, label: string, hint: string) =>
    html`<label
      ><input type="radio" name="method" value="${value}" ${value === chosen && html` checked`} />
      <span>${label} <span class="hint">${hint}</span></span></label
    >`
  return html`<fieldset class="choices">
      <legend>${t('Authenticates by')}</legend>
      ${method('secret', t('A secret'), t('It is made here, and shown once.'))}
      ${method('keys', t('Its own keys'), t('It signs an assertion for each request (private_key_jwt).'))}
      ${method('workload', t('The token of a workload'), t('Kubernetes or CI; no secret at all.'))}
    </fieldset>
    <div class="fields for-keys">
      ${textArea(of, { name: 'jwks', label: t('Public keys'), hint: t.html('A JWK set; each key with its {member}. Never a private key.', { member: html`<code>alg</code>` }), required: 'depends' })}
    </div>
    <div class="fields for-workload">
      ${text(of, 'issuer', t('Issuer of the workload’s tokens'), t('Its URL; the keys are found there.'), 'depends')}
      ${text(of, 'subject', t('Subject'), t.html('{claim} of those tokens.', { claim: html`<code>sub</code>` }), 'depends')}
      ${text(of, 'audience', t('Audience'), t.html('{claim} of those tokens; the URL of this server unless given.', { claim: html`<code>aud</code>` }), false)}
      <div class="choices">
        <label
          ><input
            type="checkbox"
            name="reusable"
            value="yes"
            ${of.formError?.typed['reusable'] === 'yes' && html` checked`}
          />
          <span
            >${t('One token may be used until it expires')}
            <span class="hint">${t('For a pod, which reads it again from a file.')}</span></span
          ></label
        >
      </div>
    </div>`
}

function text(
  of: FieldContext,
  name: string,
  label: string,
  hint: HtmlContent,
  required: Field['required'] = true,
): Html {
  return field(of, { name, label, type: 'text', autocomplete: 'off', hint, required })
}

/** Shows a new client in the response to its form, the only place that has the secret: no redirect could carry it. */
export function createdView(
  input: PageInput,
  { client, secret }: NewClient,
  { title, intro }: { readonly title: string; readonly intro: HtmlContent },
): View {
  const { t } = input
  const main = html`<section class="card">
    <h1>${title}</h1>
    <p class="intro">
      ${intro}
      ${secret ? t('It sends its client id and its secret. Copy the secret now: it is not shown again.') : t('It sends its client id.')}
    </p>
    <h2>${t('Client id')}</h2>
    ${copyable(t('Client id'), client.id, t)}
    ${
      secret &&
      html`<h2>${t('Secret')}</h2>
        ${copyable(t('Secret'), secret.reveal(), t)}`
    }
    <p>
      <a class="button" href="${input.link(`${clientsPath}/${client.id}`)}">${t('Done')}</a>
    </p>
  </section>`
  return consoleView(input, clientsPath, { title, main })
}
