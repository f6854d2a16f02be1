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
    const intro = html`${made.client.name} asks for tokens at
      <code>${input.link('/oauth/token')}</code>`
    return createdView(input, made, { title: 'Service account created', intro })
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
    const of = { form: addForm.name, formError: input.formError, t: input.t }
    return newClientView(input, addForm, {
      kind: 'service account',
      fields: html`${text(of, 'name', 'Name', 'Lower-case letters, digits, and . _ : -')}
      ${text(of, 'resources', 'Resources', 'The URLs of the APIs that its tokens are for, separated by spaces; this server unless given.', false)}
      ${text(of, 'scopes', 'Scopes', 'Separated by spaces. Each must be one of a resource.', false)}
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

/** Renders the page of a form that adds a client. */
export function newClientView(
  input: PageInput,
  { name, path: action }: Pick<Form, 'name' | 'path'>,
  { kind, fields: shown }: { readonly kind: string; readonly fields: Html },
): View {
  const { link, formError } = input
  const main = html`<p><a href="${link(clientsPath)}">All clients</a></p>
    <section class="card" aria-labelledby="add">
      <h1 id="add">New ${kind}</h1>
      <form method="post" action="${link(action)}" class="fields measure">
        ${formErrorMessage({ form: name, formError })} ${shown}
        <button class="primary">Create ${kind}</button>
      </form>
    </section>`
  return consoleView(input, clientsPath, { title: `New ${kind}`, main })
}

/** Renders the resources with their scopes, to choose from. */
export async function knownResources({ runtime }: PageInput): Promise<Html> {
  const resources = await runtime.store.resources.list()
  const own = runtime.policies.tokens.audience
  const ofOwn = resources.find(({ audience }) => audience === own)?.scopes ?? []
  const others = resources.filter(({ audience }) => audience !== own)
  const rows = [{ audience: own, scopes: [...ofOwn, ...adminScopes] }, ...others]
  return html`<details>
    <summary>All resources and their scopes</summary>
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
  const chosen = of.formError?.typed['method'] ?? 'secret'
  const method = (value: string, label: string, hint: string) =>
    html`<label
      ><input type="radio" name="method" value="${value}" ${value === chosen && html` checked`} />
      <span>${label} <span class="hint">${hint}</span></span></label
    >`
  return html`<fieldset class="choices">
      <legend>Authenticates by</legend>
      ${method('secret', 'A secret', 'It is made here, and shown once.')}
      ${method('keys', 'Its own keys', 'It signs an assertion for each request (private_key_jwt).')}
      ${method('workload', 'The token of a workload', 'Kubernetes or CI; no secret at all.')}
    </fieldset>
    <div class="fields for-keys">
      ${textArea(of, { name: 'jwks', label: 'Public keys', hint: html`A JWK set; each key with its <code>alg</code>. Never a private key.`, required: 'depends' })}
    </div>
    <div class="fields for-workload">
      ${text(of, 'issuer', 'Issuer of the workload’s tokens', 'Its URL; the keys are found there.', 'depends')}
      ${text(of, 'subject', 'Subject', html`<code>sub</code> of those tokens.`, 'depends')}
      ${text(of, 'audience', 'Audience', html`<code>aud</code> of those tokens; the URL of this server unless given.`, false)}
      <div class="choices">
        <label
          ><input
            type="checkbox"
            name="reusable"
            value="yes"
            ${of.formError?.typed['reusable'] === 'yes' && html` checked`}
          />
          <span
            >One token may be used until it expires
            <span class="hint">For a pod, which reads it again from a file.</span></span
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
  { title, intro }: { readonly title: string; readonly intro: Html },
): View {
  const main = html`<section class="card">
    <h1>${title}</h1>
    <p class="intro">
      ${intro} with its client
      id${secret ? html` and its secret. Copy the secret now: it is not shown again.` : '.'}
    </p>
    <h2>Client id</h2>
    ${copyable('Client id', client.id, input.t)}
    ${
      secret &&
      html`<h2>Secret</h2>
        ${copyable('Secret', secret.reveal(), input.t)}`
    }
    <p>
      <a class="button" href="${input.link(`${clientsPath}/${client.id}`)}">Done</a>
    </p>
  </section>`
  return consoleView(input, clientsPath, { title, main })
}
