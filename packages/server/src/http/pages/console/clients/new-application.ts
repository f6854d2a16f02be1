import * as z from 'zod'
import { identityScopes } from '../../../../domain/clients/application.ts'
import { deviceGrant } from '../../../../domain/clients/client.ts'
import { addClient, type ClientText } from '../../../../domain/machines/change-clients.ts'
import { choice, field, type FieldContext } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type Page, type PageInput } from '../../page.ts'
import {
  applicationFieldNames,
  applicationFields,
  applicationIn,
  fieldsOfApplication,
} from './application-forms.ts'
import { clientsPath } from './clients.ts'
import { createdView, knownResources, newClientErrors, newClientView } from './new-client.ts'
import { splitWords } from '../users/user-fields.ts'

const path = `${clientsPath}/add-application`

const fields = z.object({
  name: z.string().min(1).max(64),
  type: z.enum(['confidential', 'public']),
  device: z.literal('yes').optional(),
  scopes: z.string().max(8192),
  resources: z.string().max(8192),
  ...applicationFields,
})

const addForm = form({
  name: 'add-application',
  path,
  limit: 'changes-per-user',
  fields,
  echoedFields: ['name', 'type', 'device', 'scopes', 'resources', ...applicationFieldNames],
  fieldErrors: newClientErrors,
  async submit(input) {
    const { runtime, member } = input
    const made = await addClient(runtime, textOf(input), actorOf(member()))
    const intro = input.t.html('{name} signs users in at {page}, and gets tokens at {path}.', {
      name: made.client.name,
      page: html`<code>${input.link('/oauth/authorize')}</code>`,
      path: html`<code>${input.link('/oauth/token')}</code>`,
    })
    return createdView(input, made, { title: input.t('Application created'), intro })
  },
})

/** Adds an application: a page of its own, because it asks for much. */
export const consoleAddApplication: Page = {
  path,
  summary:
    'Add an application, with which users sign in: its redirect URIs, scopes, and how it asks for tokens',
  access: 'admin',
  forms: [addForm],

  async render(input) {
    const of = { form: addForm.name, formError: input.formError, t: input.t }
    const { algorithms } = input.runtime.policies.keys
    return newClientView(input, addForm, {
      kind: 'application',
      fields: html`${identity(of)} ${fieldsOfApplication(of, algorithms)} ${access(of, input)}
      ${await knownResources(input)}`,
    })
  },
}

function textOf({
  fields: { name, type, device, scopes, resources, ...given },
  runtime,
}: PageInput & { readonly fields: z.output<typeof fields> }): ClientText {
  const application = { ...applicationIn(given), isPublic: type === 'public' }
  const hasPage = application.redirectUris.length > 0 || device === undefined
  const audiences = splitWords(resources)
  return {
    name,
    grants: [...(hasPage ? ['authorization_code'] : []), ...(device ? [deviceGrant] : [])],
    scopes: splitWords(scopes),
    resources: audiences.length > 0 ? audiences : [runtime.policies.tokens.audience],
    application,
  }
}

function identity(of: FieldContext): Html {
  const { t } = of
  return html`${field(of, {
      name: 'name',
      label: t('Name'),
      type: 'text',
      autocomplete: 'off',
      hint: t('Users see it. Lower-case letters, digits, and . _ : -'),
    })}
    ${choice(
      of,
      {
        name: 'type',
        label: t('Type'),
        hint: t('A public one cannot keep a secret: in a browser, on a phone or a desktop.'),
        value: 'confidential',
      },
      [
        ['confidential', t('Confidential: it gets a secret')],
        ['public', t('Public: no secret')],
      ],
    )}
    <div class="choices">
      <label
        ><input
          type="checkbox"
          name="device"
          value="yes"
          ${of.formError?.typed['device'] === 'yes' && html` checked`}
        />
        <span
          >${t('Signs users in on another device')}
          <span class="hint"
            >${t('For a command line or a television: the device grant.')}</span
          ></span
        ></label
      >
    </div>`
}

function access(of: FieldContext, { runtime, t }: PageInput): Html {
  const text = (name: string, label: string, hint: string, value: string) =>
    field(of, { name, label, type: 'text', autocomplete: 'off', hint, value, required: false })
  return html`${text('resources', t('Resources'), t('The URLs of the APIs that its tokens are for, separated by spaces.'), runtime.policies.tokens.audience)}
  ${text('scopes', t('Scopes'), t('Separated by spaces. Those of identity are here; the others must each be one of a resource.'), identityScopes.join(' '))}`
}
