import * as z from 'zod'
import {
  confirmTotp,
  makeRecoveryCodes,
  proposeTotp,
} from '../../../domain/authentication/own-factors.ts'
import { judgeRecent } from '../../../domain/authentication/step-up.ts'
import {
  hasFactor,
  judgeRemoval,
  requiresFactor,
  type EnrolledFactors,
} from '../../../domain/factors/factor-policy.ts'
import { password } from '../../api/schemas.ts'
import { addPasskeyForm, newPasskeyForm } from './passkeys.ts'
import { removeFactorPath } from './remove-factor.ts'
import { typedTotpCode } from '../sign-in/factor-fields.ts'
import { currentPasswordField, formErrorMessage, hiddenUsername } from '../fields.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { absoluteTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { firstCodeForm, newTotpSection, recoveryCodesSection } from '../sign-in/new-factor.ts'
import { form, ownerOf, type Page, type PageInput, type View } from '../page.ts'
import { secondStepTextsOf } from '../sign-in/second-step-texts.ts'
import { stepUpPath } from '../sign-in/step-up.ts'

const path = '/account/factors'
const fewCodes = 3 // enough for a lost telephone and a week without it
const limit = 'changes-per-user'
const texts = secondStepTextsOf('en')

const addForm = form({
  name: 'add-totp',
  path: `${path}/totp`,
  limit,
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link }) {
    const proposed = await proposeTotp(runtime, ownerOf(member(), fields.password, client))
    const confirm = { of: { form: confirmForm.name, formError: undefined } }
    const main = html`<section class="card narrow">
      <h1>Add an authenticator application</h1>
      ${newTotpSection(proposed, { ...confirm, to: link(confirmForm.path) }, texts)}
    </section>`
    return { title: 'Add an authenticator application', main }
  },
})

const confirmForm = form({
  name: 'confirm-totp',
  path: `${path}/totp/confirm`,
  limit,
  fields: z.object({ code: typedTotpCode }),
  fieldErrors: { factor_wrong: { field: 'code' } },
  async submit({ fields, runtime, member, client, link }) {
    const { user, session } = member()
    const owner = { userId: user.id, sessionId: session.id }
    const { grant, recoveryCodes } = await confirmTotp(runtime, owner, fields.code, client)
    const result = { to: link(path), flash: 'factor_added', signedIn: grant } as const
    return recoveryCodes.length === 0
      ? result
      : { ...result, view: codesView(recoveryCodesSection(recoveryCodes, link(path), texts)) }
  },
})

const codesForm = form({
  name: 'recovery-codes',
  path: `${path}/recovery-codes`,
  limit,
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link }) {
    const codes = await makeRecoveryCodes(runtime, ownerOf(member(), fields.password, client))
    return codesView(recoveryCodesSection(codes, link(path), texts))
  },
})

function codesView(main: Html): View {
  return { title: texts.codesTitle, main }
}

/** The visitor's second factors: list, add and replace them. */
export const accountFactors: Page = {
  path,
  summary:
    'See your second factors and how many recovery codes are left; add passkeys and an authenticator application, and make new recovery codes',
  access: 'user',
  forms: [addForm, confirmForm, codesForm, addPasskeyForm, newPasskeyForm],

  async render(input) {
    const { runtime, member, link, formError } = input
    const { user, session } = member()
    const enrolled = await runtime.store.enrolledFactors.find(user.id)
    const isRecent = judgeRecent(session, enrolled, runtime.clock.now()) === 'recent'
    const isConfirming = formError?.form === confirmForm.name && formError.field === 'code'
    const confirm = { of: { form: confirmForm.name, formError }, to: link(confirmForm.path) }
    const main = html`<section class="card" aria-labelledby="factors">
        <h1 id="factors">Second factors</h1>
        <p class="intro">
          With a second factor, your password alone signs no one in to your account.
        </p>
        ${await list(input, enrolled)}
      </section>
      <section class="card" aria-labelledby="change">
        <h2 id="change">Change</h2>
        ${isConfirming && firstCodeForm(confirm, texts.scanned, texts)}
        ${!isConfirming && formErrorMessage(confirm.of)}
        ${formErrorMessage({ form: newPasskeyForm.name, formError })}
        ${isRecent ? changes(input, enrolled) : stepUpFirst(input)}
      </section>`
    return { title: 'Second factors', main }
  },
}

async function list(input: PageInput, enrolled: EnrolledFactors): Promise<Html> {
  const { runtime, member } = input
  const { user } = member()
  const required = requiresFactor(runtime.policies.factors, user.roles)
  const must = required && html`<p>This account must have a second factor.</p>`
  if (!hasFactor(enrolled))
    return html`${must}
      <p>You have no second factor.</p>`
  const left = enrolled.recoveryCodes
  return html`${must}
    <ul class="list">
      ${await passkeyItems(input)} ${await totpItem(input, enrolled)}
      <li>
        ${icon('key')}
        <div class="what">
          <p><strong>Recovery codes</strong></p>
          <p class="quietly">${left === 1 ? 'One is' : `${left} are`} left</p>
        </div>
      </li>
    </ul>
    ${
      left <= fewCodes &&
      html`<p class="aside warning">
        Few recovery codes are left. Make new ones, so that you can sign in without your factor.
      </p>`
    }`
}

async function passkeyItems({ runtime, member, link }: PageInput) {
  const passkeys = await runtime.store.passkeys.list(member().user.id)
  return passkeys.map(
    ({ id, name, createdAt, lastUsedAt }) =>
      html`<li>
        ${icon('device')}
        <div class="what">
          <p><strong>${name}</strong></p>
          <p class="quietly">
            Passkey, added
            ${absoluteTime(createdAt)}${
              lastUsedAt !== null && html`, last used ${absoluteTime(lastUsedAt)}`
            }
          </p>
        </div>
        <a class="button small" href="${link(`${path}/passkeys/${id}`)}" aria-label="Change ${name}"
          >Change …</a
        >
      </li>`,
  )
}

async function totpItem({ runtime, member, link }: PageInput, enrolled: EnrolledFactors) {
  const { user } = member()
  const totp = await runtime.store.totp.find(user.id)
  if (!enrolled.totp || !totp) return undefined
  const isNeeded =
    judgeRemoval(runtime.policies.factors, user, enrolled, 'totp') === 'factor_needed'
  return html`<li>
    ${icon('phone')}
    <div class="what">
      <p><strong>Authenticator application</strong></p>
      <p class="quietly">Added ${absoluteTime(totp.confirmedAt ?? 0)}</p>
    </div>
    ${!isNeeded && html`<a class="button small" href="${link(removeFactorPath)}">Remove …</a>`}
  </li>`
}

/** Renders the way to the page that asks for a code before the visitor types a password in a form that would be refused. */
function stepUpFirst({ link }: PageInput): Html {
  return html`<div class="row">
    <p>Confirm that it is you first: changes need a factor of the last five minutes.</p>
    <a class="button" href="${link(stepUpPath(link(path)))}">Confirm</a>
  </div>`
}

function changes(input: PageInput, enrolled: EnrolledFactors): Html {
  const { totp } = enrolled
  const { formError, link, member } = input
  const fold = (one: { name: string; path: string }, words: string, note: string) => {
    const of = { form: one.name, formError }
    return html`<details ${formError?.form === one.name && html` open`}>
      <summary>${words}</summary>
      <form method="post" action="${link(one.path)}" class="fields">
        ${formErrorMessage(of)} ${hiddenUsername(member())}
        <p>${note}</p>
        ${currentPasswordField(of, member())}
        <button class="primary">Continue</button>
      </form>
    </details>`
  }
  return html`<div class="folds">
    ${fold(
      addPasskeyForm,
      'Add a passkey',
      'It signs you in by itself, and no false site can ask for it. Your other devices are signed out.',
    )}
    ${fold(
      addForm,
      totp ? 'Replace the authenticator application' : 'Add an authenticator application',
      totp
        ? 'The one that you have works until the first code of the new one.'
        : 'Such as the one of your password manager or your telephone. Your other devices are signed out.',
    )}
    ${hasFactor(enrolled) && fold(codesForm, 'Make new recovery codes', 'Those that you have end.')}
  </div>`
}
