import * as z from 'zod'
import type { Client, ClientSecret } from '../../../../domain/clients/client.ts'
import { setClient } from '../../../../domain/machines/set-client.ts'
import {
  rotateClientSecret,
  type SecretRotation,
} from '../../../../domain/machines/client-secrets.ts'
import { absoluteTime, timeText } from '../../format-time.ts'
import { choice, copyable, field, formErrorMessage } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type PageInput, type View } from '../../page.ts'
import { clientOf, clientsPath } from './clients.ts'
import { consoleView } from '../console-layout.ts'
import { splitWords } from '../users/user-fields.ts'

const one = `${clientsPath}/:id`
const pathOf = (path: string, { id }: Pick<Client, 'id'>) => path.replace(':id', id)

const hour = 3600 // seconds
const day = 24 * hour

/** The overlaps of two secrets that the console offers. */
const overlaps = [
  [hour, '1 hour'],
  [day, '1 day'],
  [7 * day, '7 days'],
  [30 * day, '30 days'],
  [90 * day, '90 days'],
] as const

/** Gives a client another secret, and shows it once. */
export const rotateForm = form({
  name: 'rotate-secret',
  path: `${one}/secrets`,
  limit: 'changes-per-user',
  fields: z.object({
    overlap: z.coerce.number().refine((given) => overlaps.some(([seconds]) => seconds === given)),
  }),
  echoedFields: ['overlap'],
  async submit(input) {
    const { fields, runtime, member } = input
    const client = await clientOf(input)
    const by = actorOf(member())
    return secretView(
      input,
      client,
      await rotateClientSecret(runtime, client.id, fields.overlap, by),
    )
  },
})

/** Replaces the scopes and the resources of a client. */
export const accessForm = form({
  name: 'client-access',
  path: `${one}/access`,
  limit: 'changes-per-user',
  fields: z.object({ scopes: z.string().max(8192), resources: z.string().max(8192) }),
  echoedFields: ['scopes', 'resources'],
  fieldErrors: {
    scope_unacceptable: { field: 'scopes' },
    resource_unknown: { field: 'resources' },
  },
  async submit({ fields, runtime, member, params, link }) {
    const access = { scopes: splitWords(fields.scopes), resources: splitWords(fields.resources) }
    const { id } = await setClient(runtime, params['id'] ?? '', access, actorOf(member()))
    return { to: link(pathOf(one, { id })), flash: 'client_access_set' }
  },
})

/** Renders {@link rotateForm}. Each overlap is shown with the date when the current secret ends then. */
export function rotateFields(
  { formError, link, runtime, t }: PageInput,
  client: Client,
  replaced: ClientSecret | undefined,
): Html {
  const of = { form: rotateForm.name, formError, t }
  const now = runtime.clock.now()
  const options = overlaps.map(
    ([seconds, text]) =>
      [
        String(seconds),
        t('{overlap}, until {time}', {
          overlap: t(text),
          time: timeText(now + seconds, t.language),
        }),
      ] as const,
  )
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>${t('Rotate the secret')}</summary>
    <form method="post" action="${link(pathOf(rotateForm.path, client))}" class="fields">
      <p>
        ${t('{name} gets another secret. The current one works until the end of the overlap, so that no request fails while programs change to the new one.', { name: client.name })}
      </p>
      ${
        replaced &&
        html`<p class="aside warning">
          ${t('The replaced secret still works. It ends as soon as you rotate: a client has two secrets at most.')}
        </p>`
      }
      ${formErrorMessage(of)}
      ${choice(
        of,
        {
          name: 'overlap',
          label: t('Overlap'),
          hint: t('If the current secret may have leaked: take an hour, then end it at once.'),
          value: String(day),
        },
        options,
      )}
      <button class="primary">${t('Create another secret')}</button>
    </form>
  </details>`
}

/** Renders {@link accessForm}. */
export function accessFields({ formError, link, t }: PageInput, client: Client): Html {
  const of = { form: accessForm.name, formError, t }
  const text = (name: string, label: string, hint: string, words: readonly string[]) =>
    field(of, {
      name,
      label,
      type: 'text',
      autocomplete: 'off',
      required: false,
      hint,
      value: words.join(' '),
    })
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>${t('Scopes and resources')}</summary>
    <form method="post" action="${link(pathOf(accessForm.path, client))}" class="fields">
      ${formErrorMessage(of)}
      ${text('scopes', t('Scopes'), t('Separated by spaces. Each must be one of a resource below, or one of identity; this server has those of the admin API.'), client.scopes)}
      ${text('resources', t('Resources'), t('The URLs of the APIs, separated by spaces.'), client.resources)}
      <div class="row">
        <button class="primary">${t('Save')}</button>
        <p class="quietly">
          ${t('If something changes, its access tokens are revoked. The next ones have what is saved.')}
        </p>
      </div>
    </form>
  </details>`
}

/** Shows another secret in the response to its form, the only place that has it: no redirect could carry it. */
function secretView(input: PageInput, client: Client, { secret, before }: SecretRotation): View {
  const { t } = input
  const end = before?.expiresAt
  const main = html`<section class="card">
    <h1>${t('Another secret for {name}', { name: client.name })}</h1>
    <p class="intro">${t('Copy it now: it is not shown again.')}</p>
    ${copyable(t('Secret'), secret.reveal(), t)}
    ${
      typeof end === 'number' &&
      html`<p>
        ${t.html('Both secrets work until {time}; then the one before is refused. Change every program to the new one. The list of secrets shows when the one before was last used.', { time: absoluteTime(end, t.language) })}
      </p>`
    }
    <p><a class="button" href="${input.link(pathOf(one, client))}">${t('Done')}</a></p>
  </section>`
  return consoleView(input, clientsPath, {
    title: t('Another secret for {name}', { name: client.name }),
    main,
  })
}
