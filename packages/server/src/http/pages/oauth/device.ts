import * as z from 'zod'
import {
  answerDeviceRequest,
  findDeviceRequest,
  type DeviceRequest,
} from '../../../domain/grants/authorize-device.ts'
import { idSchema } from '../../api/schemas.ts'
import { consentTextsOf } from './consent-texts.ts'
import { deviceTextsOf } from './device-texts.ts'
import { field, formErrorMessage } from '../fields.ts'
import { html } from '../html.ts'
import { form, type Page, type PageInput, type View } from '../page.ts'
import { scopeList } from './scope-list.ts'

const path = '/device'
const answerPath = '/device/answer'
const userCode = z.string().max(64)
const fieldErrors = { user_code_wrong: { field: 'user_code' } }

const codeForm = form({
  name: 'device',
  path,
  limit: 'attempts-per-address', // `findDeviceRequest` also counts by user
  fields: z.object({ user_code: userCode }),
  echoedFields: ['user_code'],
  fieldErrors,
  async submit(input) {
    const { runtime, member, fields } = input
    const { user } = member()
    return questionView(input, await findDeviceRequest(runtime, user.id, fields.user_code))
  },
})

const answerForm = form({
  name: 'device-answer',
  path: answerPath,
  limit: 'attempts-per-address',
  fields: z.object({ user_code: userCode, user: idSchema, decision: z.enum(['allow', 'deny']) }),
  echoedFields: ['user_code'],
  fieldErrors,
  async submit({ runtime, member, fields, link }) {
    const { user, session } = member()
    const { user_code: typed, decision } = fields
    const again = `${path}?${new URLSearchParams({ user_code: typed })}`
    if (fields.user !== user.id) return { to: link(again) } // another user has signed in since, and has not been asked
    const state = decision === 'allow' ? 'allowed' : 'denied'
    await answerDeviceRequest(runtime, { userId: user.id, sessionId: session.id }, { typed, state })
    return { to: link(path), flash: `device_${state}` }
  },
})

/**
 * The page on which a user signs in on another device (RFC 8628, section 3.3). Opening it changes nothing, also with the code in its URL: the user
 * sends the code, sees who asks for what, and answers.
 */
export const devicePage: Page = {
  path,
  summary:
    'Sign in to a program on another device: type the code that it shows, see what it asks for, and allow or deny it',
  access: 'user',
  forms: [codeForm, answerForm],

  render({ link, language, query, formError, t }) {
    const texts = deviceTextsOf(language)
    const translated = formError
    const isWrong = translated?.code === 'user_code_wrong'
    const shown = translated && {
      ...translated,
      form: codeForm.name, // the answer to a code that has expired asks for another one
      ...(isWrong && { message: texts.wrong }),
    }
    const of = { form: codeForm.name, formError: shown, t }
    const main = html`<section class="card narrow">
      <h1>${texts.title}</h1>
      <p class="intro">${texts.intro}</p>
      <form method="post" action="${link(path)}" class="fields">
        ${formErrorMessage(of)}
        ${field(of, {
          name: 'user_code',
          label: texts.code,
          type: 'text',
          autocomplete: 'off',
          hint: texts.codeHint,
          value: (query.get('user_code') ?? '').slice(0, 64),
          first: true,
        })}
        <button class="primary">${texts.next}</button>
      </form>
    </section>`
    return { title: texts.title, main, language }
  },
}

/** Asks the user, in the response to the code: a page with a URL of its own could be opened without typing it. */
function questionView(
  { language, link, member }: PageInput,
  { client, code, userCode: shown }: DeviceRequest,
): View {
  const texts = deviceTextsOf(language)
  const consent = consentTextsOf(language)
  const { user } = member()
  const title = texts.question(client.name)
  const main = html`<section class="card narrow">
    <h1>${title}</h1>
    <p>${texts.asks(client.name, user.name)}</p>
    ${scopeList(consent, code)}
    <div class="aside warning">
      <p>${texts.warning} <strong>${shown}</strong></p>
      <p>${texts.deny}</p>
    </div>
    <form method="post" action="${link(answerPath)}" class="fields">
      <input type="hidden" name="user_code" value="${shown}" />
      <input type="hidden" name="user" value="${user.id}" />
      <div class="row">
        <button class="primary" name="decision" value="allow">${consent.allow}</button>
        <button name="decision" value="deny">${consent.deny}</button>
      </div>
    </form>
    <p class="quietly">${consent.revoke}</p>
  </section>`
  return { title, main, language }
}
