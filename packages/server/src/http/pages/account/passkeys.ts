import * as z from 'zod'
import {
  addPasskey,
  proposePasskey,
  removePasskey,
  renamePasskey,
} from '../../../domain/authentication/own-passkeys.ts'
import { judgeRemoval } from '../../../domain/factors/factor-policy.ts'
import { password } from '../../api/schemas.ts'
import { currentPasswordField, field, formErrorMessage, hiddenUsername } from '../fields.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { html, type Html } from '../html.ts'
import { recoveryCodesSection } from '../sign-in/new-factor.ts'
import { form, ownerOf, type Page, type PageInput, type Visitor } from '../page.ts'
import { passkeyForm, passkeyTextsOf, typedNewPasskey } from '../sign-in/passkey-form.ts'
import { secondStepTextsOf } from '../sign-in/second-step-texts.ts'

const factorsPath = '/account/factors'
const limit = 'changes-per-user'
const name = z.string().min(1).max(128)
const nameFieldErrors = { passkey_name_unacceptable: { field: 'name' } } as const

/** The form that asks for the password before a passkey is made. */
export const addPasskeyForm = form({
  name: 'add-passkey',
  path: `${factorsPath}/passkeys`,
  limit,
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link, t }) {
    const options = await proposePasskey(runtime, ownerOf(member(), fields.password, client))
    const of = { form: newPasskeyForm.name, formError: undefined, t }
    const main = html`<section class="card narrow">
      <h1>${t('Add a passkey')}</h1>
      <p>
        ${t('Your browser makes it, with this device, a security key or your telephone. You sign in with it by your fingerprint, your face or the PIN of the device.')}
      </p>
      ${passkeyForm({
        of,
        to: link(newPasskeyForm.path),
        options,
        button: passkeyTextsOf(t.language).make,
        language: t.language,
        fields: nameField(of, t('This device')),
      })}
      <p class="scriptless">${t('Passkeys need JavaScript.')}</p>
    </section>`
    return { title: t('Add a passkey'), main, script: 'passkeys.js', language: t.language }
  },
})

function nameField(of: Parameters<typeof field>[0], value: string): Html {
  const { t } = of
  const hint = t('So that you know it from others.')
  return field(of, {
    name: 'name',
    label: t('Name'),
    type: 'text',
    autocomplete: 'off',
    hint,
    value,
  })
}

/** The form that adds the passkey that the browser has made. */
export const newPasskeyForm = form({
  name: 'new-passkey',
  path: `${factorsPath}/passkeys/new`,
  limit,
  fields: z.object({ passkey: typedNewPasskey, name }),
  async submit({ fields, runtime, member, client, link, t }) {
    const made = { name: fields.name, response: fields.passkey }
    const { grant, recoveryCodes } = await addPasskey(runtime, sessionOf(member()), made, client)
    const result = { to: link(factorsPath), flash: 'passkey_added', signedIn: grant } as const
    if (recoveryCodes.length === 0) return result
    const texts = secondStepTextsOf(t.language)
    const main = recoveryCodesSection(recoveryCodes, link(factorsPath), texts, t)
    return { ...result, view: { title: texts.codesTitle, main, language: t.language } }
  },
})

function sessionOf({ user, session }: Visitor) {
  return { userId: user.id, sessionId: session.id }
}

const path = `${factorsPath}/passkeys/:id`

const renameForm = form({
  name: 'rename-passkey',
  path: `${path}/rename`,
  limit,
  fields: z.object({ name }),
  echoedFields: ['name'],
  fieldErrors: nameFieldErrors,
  async submit({ fields, params, runtime, member, client, link }) {
    const named = { id: params['id'] ?? '', name: fields.name }
    await renamePasskey(runtime, sessionOf(member()), named, client)
    return { to: link(factorsPath), flash: 'passkey_renamed' }
  },
})

const removeForm = form({
  name: 'remove-passkey',
  path: `${path}/remove`,
  limit,
  fields: z.object({ password }),
  fieldErrors: { ...currentPasswordFieldErrors, password_needs_factor: { field: 'password' } },
  async submit({ fields, params, runtime, member, client, link }) {
    const owner = ownerOf(member(), fields.password, client)
    await removePasskey(runtime, owner, params['id'] ?? '')
    return { to: link(factorsPath), flash: 'passkey_removed' }
  },
})

/** One passkey of the visitor: its name, and its removal. */
export const accountPasskey: Page = {
  path,
  summary: 'Rename or remove one of your passkeys; the last factor goes with a warning',
  access: 'user',
  forms: [renameForm, removeForm],

  async render(input) {
    const { runtime, member, link, formError, params, t } = input
    const { user } = member()
    const passkey = (await runtime.store.passkeys.list(user.id)).find(
      ({ id }) => id === params['id'],
    )
    if (!passkey) return { to: link(factorsPath) }
    const of = { form: renameForm.name, formError, t }
    const main = html`<section class="card narrow">
      <h1>${passkey.name}</h1>
      <form
        method="post"
        action="${link(`${factorsPath}/passkeys/${passkey.id}/rename`)}"
        class="fields"
      >
        ${formErrorMessage(of)} ${nameField(of, passkey.name)}
        <button>${t('Rename')}</button>
      </form>
      ${await removal(input, passkey.id)}
    </section>`
    return { title: passkey.name, main, language: t.language }
  },
}

async function removal(
  { runtime, member, link, formError, t }: PageInput,
  id: string,
): Promise<Html> {
  const { user } = member()
  const enrolled = await runtime.store.enrolledFactors.find(user.id)
  const verdict = judgeRemoval(runtime.policies.factors, user, enrolled, 'passkey')
  if (verdict === 'factor_needed')
    return html`<p>
      ${t('It cannot be removed: this account must have a second factor. Add another one first.')}
    </p>`
  const of = { form: removeForm.name, formError, t }
  return html`<h2>${t('Remove')}</h2>
    ${
      verdict === 'last_factor' &&
      html`<p class="aside warning">
        ${t('It is your last second factor. Your password alone signs in to your account then, and your recovery codes end.')}
      </p>`
    }
    <p>${t('Delete it on the device as well: the browser offers it until then.')}</p>
    <form method="post" action="${link(`${factorsPath}/passkeys/${id}/remove`)}" class="fields">
      ${formErrorMessage(of)} ${hiddenUsername(member())} ${currentPasswordField(of, member())}
      <button class="danger">${t('Remove')}</button>
    </form>`
}
