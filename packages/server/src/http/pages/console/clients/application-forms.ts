import type { PublicAlgorithm } from '@countersign/token/internal'
import * as z from 'zod'
import {
  dpopModes,
  maxUriLength,
  maxUris,
  type Application,
  type ApplicationChange,
} from '../../../../domain/clients/application.ts'
import type { Client } from '../../../../domain/clients/client.ts'
import { setClient } from '../../../../domain/machines/set-client.ts'
import { choice, field, formErrorMessage, textArea, type FieldContext } from '../../fields.ts'
import { html, type Html } from '../../html.ts'
import { actorOf, form, type PageInput } from '../../page.ts'
import { clientsPath, pathOf } from './clients.ts'

const path = `${clientsPath}/:id/application`
const uris = z.string().max(maxUris * (maxUriLength + 8)) // with what is between them

/** The fields of an application, of a new one and of a change. */
export const applicationFields = {
  redirect_uris: uris,
  post_logout_redirect_uris: uris,
  backchannel_logout_uri: z.string().max(maxUriLength),
  consent: z.enum(['ask', 'skip']),
  pkce: z.enum(['required', 'optional']),
  dpop: z.enum(dpopModes),
  id_token_algorithm: z.string().max(32),
} as const

const fields = z.object(applicationFields)

/** The names of {@link applicationFields}. */
export const applicationFieldNames = Object.keys(applicationFields)

/** Returns what the fields say of an application. */
export function applicationIn(given: z.output<typeof fields>) {
  const uri = given.backchannel_logout_uri.trim()
  return {
    redirectUris: linesOf(given.redirect_uris),
    postLogoutRedirectUris: linesOf(given.post_logout_redirect_uris),
    backchannelLogoutUri: uri === '' ? null : uri,
    skipsConsent: given.consent === 'skip',
    requiresPkce: given.pkce === 'required',
    dpop: given.dpop,
    idTokenAlgorithm: given.id_token_algorithm === '' ? null : given.id_token_algorithm,
  } as const satisfies ApplicationChange
}

function linesOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((line) => line !== '') // a URI can have a comma
}

/** Changes an application. */
export const applicationForm = form({
  name: 'application',
  path,
  limit: 'changes-per-user',
  fields,
  echoedFields: applicationFieldNames,
  async submit({ fields: given, runtime, member, params, link }) {
    const change = { application: applicationIn(given) }
    const { id } = await setClient(runtime, params['id'] ?? '', change, actorOf(member()))
    return { to: link(pathOf(id)), flash: 'application_set' }
  },
})

/** Renders {@link applicationForm}. */
export function changeApplication(
  { formError, link, runtime, t }: PageInput,
  { id }: Client,
  application: Application,
): Html {
  const { algorithms } = runtime.policies.keys
  const of = { form: applicationForm.name, formError, t }
  return html`<details ${formError?.form === of.form && html` open`}>
    <summary>Redirect URIs and sign-in</summary>
    <form method="post" action="${link(`${pathOf(id)}/application`)}" class="fields">
      ${formErrorMessage(of)} ${fieldsOfApplication(of, algorithms, application)}
      <div class="row">
        <button class="primary">Save</button>
        <p class="quietly">It counts at once. Codes for a removed redirect URI are refused.</p>
      </div>
    </form>
  </details>`
}

/** Renders {@link applicationFields}; with the values of an application, if it is there already. `algorithms` are those of the settings. */
export function fieldsOfApplication(
  of: FieldContext,
  algorithms: readonly PublicAlgorithm[],
  application?: Application,
): Html {
  const { redirectUris = [], postLogoutRedirectUris = [] } = application ?? {}
  return html`${textArea(of, {
    name: 'redirect_uris',
    label: 'Redirect URIs',
    hint: 'One a line. https, http on a loopback address, or a private scheme with a period; compared letter for letter. None if it signs users in on other devices only.',
    value: redirectUris.join('\n'),
    required: 'depends',
  })}
  ${textArea(of, {
    name: 'post_logout_redirect_uris',
    label: 'Redirect URIs after signing out',
    hint: 'One a line.',
    value: postLogoutRedirectUris.join('\n'),
    required: false,
  })}
  ${field(of, {
    name: 'backchannel_logout_uri',
    label: 'Back-channel logout URI',
    type: 'text',
    autocomplete: 'off',
    hint: 'It gets a logout token when a user is signed out of the application.',
    value: application?.backchannelLogoutUri ?? '',
    required: false,
  })}
  ${choices(of, application)} ${algorithmChoice(of, algorithms, application)}`
}

function choices(of: FieldContext, application: Application | undefined): Html {
  return html`${choice(
    of,
    {
      name: 'consent',
      label: 'Consent',
      hint: 'Skip it only for an application of your own.',
      value: application?.skipsConsent ? 'skip' : 'ask',
    },
    [
      ['ask', 'Ask its users'],
      ['skip', 'Skip'],
    ],
  )}
  ${choice(
    of,
    {
      name: 'pkce',
      label: 'PKCE',
      hint: 'Optional only for a confidential application that cannot do it: its requests need a nonce then.',
      value: application?.requiresPkce === false ? 'optional' : 'required',
    },
    [
      ['required', 'Required'],
      ['optional', 'Optional'],
    ],
  )}
  ${choice(
    of,
    {
      name: 'dpop',
      label: 'Proof of possession (DPoP)',
      hint: 'Tokens of an application that sends proofs are bound to its key.',
      value: application?.dpop ?? 'optional',
    },
    [
      ['optional', 'Optional'],
      ['required', 'Required'],
      ['nonce', 'Required, with a nonce'],
    ],
  )}`
}

/** Renders the choice of the algorithm of ID tokens: those of the settings, and the one that the application has. */
function algorithmChoice(
  of: FieldContext,
  algorithms: readonly PublicAlgorithm[],
  application: Application | undefined,
): Html {
  const chosen = application?.idTokenAlgorithm ?? undefined
  const all = [...new Set([...algorithms, ...(chosen ? [chosen] : [])])]
  return choice(
    of,
    {
      name: 'id_token_algorithm',
      label: 'Signature of ID tokens',
      hint: 'For a client that cannot verify the first one.',
      value: chosen ?? '',
    },
    [['', `${algorithms[0]}, the first of the settings`], ...all.map((one) => [one, one] as const)],
  )
}

/** Renders the facts of an application, as items of a description list. */
export function factsOfApplication(application: Application): Html {
  const { redirectUris, postLogoutRedirectUris, backchannelLogoutUri } = application
  const list = (given: readonly string[]) =>
    given.length === 0 ? 'none' : given.map((one) => html`<code>${one}</code><br />`)
  return html`<dt>Redirect URIs</dt>
    <dd>${list(redirectUris)}</dd>
    <dt>After signing out</dt>
    <dd>${list(postLogoutRedirectUris)}</dd>
    <dt>Back-channel logout</dt>
    <dd>${list(backchannelLogoutUri === null ? [] : [backchannelLogoutUri])}</dd>
    <dt>Consent</dt>
    <dd>${application.skipsConsent ? 'skipped' : 'asked for'}</dd>
    <dt>PKCE</dt>
    <dd>${application.requiresPkce ? 'required' : 'optional, with a nonce'}</dd>
    <dt>DPoP</dt>
    <dd>${application.dpop === 'nonce' ? 'required, with a nonce' : application.dpop}</dd>
    <dt>ID tokens</dt>
    <dd>${application.idTokenAlgorithm ?? 'the first algorithm of the settings'}</dd>`
}
