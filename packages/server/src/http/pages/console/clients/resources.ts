import * as z from 'zod'
import type { Resource } from '../../../../domain/clients/resource.ts'
import {
  keepAlgorithm,
  putResource,
  removeResource,
} from '../../../../domain/machines/change-resources.ts'
import { field, formErrorMessage } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import {
  badges,
  consoleView,
  emptyState,
  questionView,
  table,
  withQuery,
} from '../console-layout.ts'
import { splitWords } from '../users/user-fields.ts'

const resourcesPath = '/console/resources'
const removePath = `${resourcesPath}/:id/remove`

const setForm = form({
  name: 'set-resource',
  path: `${resourcesPath}/set`,
  limit: 'changes-per-user',
  fields: z.object({
    audience: z.string().min(1).max(255),
    scopes: z.string().max(8192),
    lifetime: z.literal('').or(z.coerce.number().int()),
    open: z.literal('yes').optional(),
  }),
  echoedFields: ['audience', 'scopes', 'lifetime', 'open'],
  fieldErrors: { scope_unacceptable: { field: 'scopes' } },
  async submit({ fields, runtime, member, link }) {
    const said = {
      audience: fields.audience,
      scopes: splitWords(fields.scopes),
      lifetime: fields.lifetime === '' ? null : fields.lifetime,
      algorithm: keepAlgorithm, // that of the settings, unless the command line or the API chose another
      isOpen: fields.open === 'yes',
    }
    await putResource(runtime, said, actorOf(member()))
    return { to: link(resourcesPath), flash: 'resource_set' }
  },
})

const removeForm = form({
  name: 'remove-resource',
  path: removePath,
  limit: 'changes-per-user',
  fields: z.object({}),
  async submit({ params, runtime, member, link }) {
    await removeResource(runtime, params['id'] ?? '', actorOf(member()))
    return { to: link(resourcesPath), flash: 'resource_removed' }
  },
})

/** The resources: list, add and change them. */
export const consoleResources: Page = {
  path: resourcesPath,
  summary: 'List the APIs that access tokens are for with their scopes, add and change them',
  access: 'admin',
  forms: [setForm],

  async render(input) {
    const { runtime, query, t } = input
    const resources = await runtime.store.resources.list()
    const changed = resources.find(({ id }) => id === query.get('change'))
    const main = html`<h1>${t('Resources')}</h1>
      <p class="intro">
        ${t('The APIs that access tokens are for. A token is for one of them, and has scopes of that one.')}
      </p>
      ${
        resources.length === 0
          ? emptyState(t('No resources.'), t('Add the URL of an API below.'))
          : list(resources, input)
      }
      ${setFields(input, changed)}`
    return consoleView(input, resourcesPath, { title: t('Resources'), main })
  },
}

/** Asks before a resource is removed. */
export const consoleRemoveResource: Page = {
  path: removePath,
  summary: 'Remove a resource, after a question',
  access: 'admin',
  forms: [removeForm],

  async render(input) {
    const { runtime, params, link, t } = input
    const all = await runtime.store.resources.list()
    const found = all.find(({ id }) => id === params['id'])
    if (!found) return { to: link(resourcesPath) }
    return questionView(input, resourcesPath, {
      title: t('Remove this resource?'),
      text: html`${t.html('No token is issued for {name} any more. Its API tokens end, clients lose it with its scopes, and access tokens of machines for it are revoked at once. This cannot be undone.', { name: html`<strong>${found.audience}</strong>` })}`,
      form: removeForm,
      path: removePath.replace(':id', found.id),
      button: t('Remove'),
      back: resourcesPath,
    })
  },
}

function list(resources: readonly Resource[], { link, runtime, t }: PageInput): Html {
  const usual = runtime.policies.tokens.lifetime
  const rows = resources.map(({ id, audience, scopes, lifetime, algorithm, isOpen }) => [
    html`${audience}`,
    badges(scopes),
    `${lifetime ?? usual} s`,
    algorithm ?? runtime.policies.keys.algorithms[0],
    isOpen ? t('yes') : t('no'),
    html`<div class="row">
      <a
        class="button small"
        aria-label="${t('Change {name}', { name: audience })}"
        href="${link(`${withQuery(resourcesPath, { change: id })}#set`)}"
        >${t('Change')}</a
      >
      <a
        class="button small danger"
        aria-label="${t('Remove {name}', { name: audience })}"
        href="${link(removePath.replace(':id', id))}"
        >${t('Remove …')}</a
      >
    </div>`,
  ])
  return table(
    t('Resources'),
    ['URL', t('Scopes'), t('Token lifetime'), t('Algorithm'), t('Open'), t('Action')],
    rows,
  )
}

/** Renders the form of a resource: a new one, or `changed` with what it has now. */
function setFields({ formError, link, t }: PageInput, changed: Resource | undefined): Html {
  const of = { form: setForm.name, formError, t }
  const isOpen = formError ? formError.typed['open'] === 'yes' : (changed?.isOpen ?? false)
  const text = (name: string, label: string, hint: string, value: string, required = true) =>
    field(of, { name, label, type: 'text', autocomplete: 'off', hint, required, value })
  return html`<section class="card" aria-labelledby="set">
    <h2 id="set">${changed ? t('Change a resource') : t('New resource')}</h2>
    <form method="post" action="${link(setForm.path)}" class="fields measure">
      ${formErrorMessage(of)}
      ${text('audience', 'URL', t('The audience of its tokens. If the resource is there already, it is changed.'), changed?.audience ?? '')}
      ${text('scopes', t('Scopes'), t('Separated by spaces. With other scopes, access tokens of machines are revoked.'), changed?.scopes.join(' ') ?? '', false)}
      ${text('lifetime', t('Lifetime of its access tokens in seconds'), t('From 10 to 86400; that of the settings unless given.'), String(changed?.lifetime ?? ''), false)}
      <div class="choices">
        <label
          ><input type="checkbox" name="open" value="yes" ${isOpen && html` checked`} />
          <span
            >${t('Open to applications that are not registered')}
            <span class="hint"
              >${t('Every application with a metadata document may ask users for these scopes.')}</span
            ></span
          ></label
        >
      </div>
      <button class="primary">${t('Save resource')}</button>
    </form>
  </section>`
}
