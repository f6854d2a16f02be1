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
import type { Phrase, Translate } from '../../translation/translate.ts'
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
    <summary>${t('Redirect URIs and sign-in')}</summary>
    <form method="post" action="${link(`${pathOf(id)}/application`)}" class="fields">
      ${formErrorMessage(of)} ${fieldsOfApplication(of, algorithms, application)}
      <div class="row">
        <button class="primary">${t('Save')}</button>
        <p class="quietly">
          ${t('It counts at once. Codes for a removed redirect URI are refused.')}
        </p>
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
  const { t } = of
  const { redirectUris = [], postLogoutRedirectUris = [] } = application ?? {}
  return html`${textArea(of, {
    name: 'redirect_uris',
    label: t('Redirect URIs'),
    hint: t(
      'One a line. https, http on a loopback address, or a private scheme with a period; compared letter for letter. None if it signs users in on other devices only.',
    ),
    value: redirectUris.join('\n'),
    required: 'depends',
  })}
  ${textArea(of, {
    name: 'post_logout_redirect_uris',
    label: t('Redirect URIs after signing out'),
    hint: t('One a line.'),
    value: postLogoutRedirectUris.join('\n'),
    required: false,
  })}
  ${field(of, {
    name: 'backchannel_logout_uri',
    label: t('Back-channel logout URI'),
    type: 'text',
    autocomplete: 'off',
    hint: t('It gets a logout token when a user is signed out of the application.'),
    value: application?.backchannelLogoutUri ?? '',
    required: false,
  })}
  ${choices(of, application)} ${algorithmChoice(of, algorithms, application)}`
}

function choices(of: FieldContext, application: Application | undefined): Html {
  const { t } = of
  return html`${choice(
    of,
    {
      name: 'consent',
      label: t('Consent'),
      hint: t('Skip it only for an application of your own.'),
      value: application?.skipsConsent ? 'skip' : 'ask',
    },
    [
      ['ask', t('Ask its users')],
      ['skip', t('Skip')],
    ],
  )}
  ${choice(
    of,
    {
      name: 'pkce',
      label: 'PKCE',
      hint: t(
        'Optional only for a confidential application that cannot do it: its requests need a nonce then.',
      ),
      value: application?.requiresPkce === false ? 'optional' : 'required',
    },
    [
      ['required', t('Required')],
      ['optional', t('Optional')],
    ],
  )}
  ${choice(
    of,
    {
      name: 'dpop',
      label: t('Proof of possession (DPoP)'),
      hint: t('Tokens of an application that sends proofs are bound to its key.'),
      value: application?.dpop ?? 'optional',
    },
    [
      ['optional', t('Optional')],
      ['required', t('Required')],
      ['nonce', t('Required, with a nonce')],
    ],
  )}`
}

/** Renders the choice of the algorithm of ID tokens: those of the settings, and the one that the application has. */
function algorithmChoice(
  of: FieldContext,
  algorithms: readonly PublicAlgorithm[],
  application: Application | undefined,
): Html {
  const { t } = of
  const chosen = application?.idTokenAlgorithm ?? undefined
  const all = [...new Set([...algorithms, ...(chosen ? [chosen] : [])])]
  return choice(
    of,
    {
      name: 'id_token_algorithm',
      label: t('Signature of ID tokens'),
      hint: t('For a client that cannot verify the first one.'),
      value: chosen ?? '',
    },
    [
      ['', t('{algorithm}, the first of the settings', { algorithm: algorithms[0] ?? '' })],
      ...all.map((one) => [one, one] as const),
    ],
  )
}

const dpopWords = {
  optional: 'Optional',
  required: 'Required',
  nonce: 'Required, with a nonce',
} as const satisfies Readonly<Record<Application['dpop'], Phrase>>

/** Renders the facts of an application, as items of a description list. */
export function factsOfApplication(application: Application, t: Translate): Html {
  const { redirectUris, postLogoutRedirectUris, backchannelLogoutUri } = application
  const list = (given: readonly string[]) =>
    given.length === 0 ? t('none') : given.map((one) => html`<code>${one}</code><br />`)
  return html`<dt>${t('Redirect URIs')}</dt>
    <dd>${list(redirectUris)}</dd>
    <dt>${t('After signing out')}</dt>
    <dd>${list(postLogoutRedirectUris)}</dd>
    <dt>${t('Back-channel logout')}</dt>
    <dd>${list(backchannelLogoutUri === null ? [] : [backchannelLogoutUri])}</dd>
    <dt>${t('Consent')}</dt>
    <dd>${application.skipsConsent ? t('skipped') : t('asked for')}</dd>
    <dt>PKCE</dt>
    <dd>${application.requiresPkce ? t('Required') : t('Optional, with a nonce')}</dd>
    <dt>DPoP</dt>
    <dd>${t(dpopWords[application.dpop])}</dd>
    <dt>${t('ID tokens')}</dt>
    <dd>${application.idTokenAlgorithm ?? t('the first algorithm of the settings')}</dd>`
}
