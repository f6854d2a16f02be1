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
import type { Translate } from '../translation/translate.ts'
import type { Secret } from '../../../domain/kernel/secret.ts'
import { secondStepTextsOf } from '../sign-in/second-step-texts.ts'
import { stepUpPath } from '../sign-in/step-up.ts'

const path = '/account/factors'
const fewCodes = 3 // enough for a lost telephone and a week without it
const limit = 'changes-per-user'

const addForm = form({
  name: 'add-totp',
  path: `${path}/totp`,
  limit,
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link, t }) {
    const proposed = await proposeTotp(runtime, ownerOf(member(), fields.password, client))
    const confirm = { of: { form: confirmForm.name, formError: undefined, t } }
    const main = html`<section class="card narrow">
      <h1>${t('Add an authenticator application')}</h1>
      ${newTotpSection(proposed, { ...confirm, to: link(confirmForm.path) }, secondStepTextsOf(t.language))}
    </section>`
    return { title: t('Add an authenticator application'), main, language: t.language }
  },
})

const confirmForm = form({
  name: 'confirm-totp',
  path: `${path}/totp/confirm`,
  limit,
  fields: z.object({ code: typedTotpCode }),
  fieldErrors: { factor_wrong: { field: 'code' } },
  async submit({ fields, runtime, member, client, link, t }) {
    const { user, session } = member()
    const owner = { userId: user.id, sessionId: session.id }
    const { grant, recoveryCodes } = await confirmTotp(runtime, owner, fields.code, client)
    const result = { to: link(path), flash: 'factor_added', signedIn: grant } as const
    return recoveryCodes.length === 0
      ? result
      : { ...result, view: codesView(recoveryCodes, link(path), t) }
  },
})

const codesForm = form({
  name: 'recovery-codes',
  path: `${path}/recovery-codes`,
  limit,
  fields: z.object({ password }),
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link, t }) {
    const codes = await makeRecoveryCodes(runtime, ownerOf(member(), fields.password, client))
    return codesView(codes, link(path), t)
  },
})

function codesView(codes: readonly Secret[], next: string, t: Translate): View {
  const texts = secondStepTextsOf(t.language)
  const main = recoveryCodesSection(codes, next, texts, t)
  return { title: texts.codesTitle, main, language: t.language }
}

/** The visitor's second factors: list, add and replace them. */
export const accountFactors: Page = {
  path,
  summary:
    'See your second factors and how many recovery codes are left; add passkeys and an authenticator application, and make new recovery codes',
  access: 'user',
  forms: [addForm, confirmForm, codesForm, addPasskeyForm, newPasskeyForm],

  async render(input) {
    const { runtime, member, link, formError, t } = input
    const { user, session } = member()
    const enrolled = await runtime.store.enrolledFactors.find(user.id)
    const isRecent = judgeRecent(session, enrolled, runtime.clock.now()) === 'recent'
    const texts = secondStepTextsOf(t.language)
    const isConfirming = formError?.form === confirmForm.name && formError.field === 'code'
    const confirm = { of: { form: confirmForm.name, formError, t }, to: link(confirmForm.path) }
    const main = html`<section class="card" aria-labelledby="factors">
        <h1 id="factors">${t('Second factors')}</h1>
        <p class="intro">
          ${t('With a second factor, your password alone signs no one in to your account.')}
        </p>
        ${await list(input, enrolled)}
      </section>
      <section class="card" aria-labelledby="change">
        <h2 id="change">${t('Change')}</h2>
        ${isConfirming && firstCodeForm(confirm, texts.scanned, texts)}
        ${!isConfirming && formErrorMessage(confirm.of)}
        ${formErrorMessage({ form: newPasskeyForm.name, formError })}
        ${isRecent ? changes(input, enrolled) : stepUpFirst(input)}
      </section>`
    return { title: t('Second factors'), main, language: t.language }
  },
}

async function list(input: PageInput, enrolled: EnrolledFactors): Promise<Html> {
  const { runtime, member, t } = input
  const { user } = member()
  const required = requiresFactor(runtime.policies.factors, user.roles)
  const must = required && html`<p>${t('This account must have a second factor.')}</p>`
  if (!hasFactor(enrolled))
    return html`${must}
      <p>${t('You have no second factor.')}</p>`
  const left = enrolled.recoveryCodes
  return html`${must}
    <ul class="list">
      ${await passkeyItems(input)} ${await totpItem(input, enrolled)}
      <li>
        ${icon('key')}
        <div class="what">
          <p><strong>${t('Recovery codes')}</strong></p>
          <p class="quietly">
            ${left === 1 ? t('One is left') : t('{count} are left', { count: left })}
          </p>
        </div>
      </li>
    </ul>
    ${
      left <= fewCodes &&
      html`<p class="aside warning">
        ${t('Few recovery codes are left. Make new ones, so that you can sign in without your factor.')}
      </p>`
    }`
}

async function passkeyItems({ runtime, member, link, t }: PageInput) {
  const passkeys = await runtime.store.passkeys.list(member().user.id)
  return passkeys.map(
    ({ id, name, createdAt, lastUsedAt }) =>
      html`<li>
        ${icon('device')}
        <div class="what">
          <p><strong>${name}</strong></p>
          <p class="quietly">
            ${t.html('Passkey, added {time}', { time: absoluteTime(createdAt, t.language) })}${
              lastUsedAt !== null &&
              html`, ${t.html('last used {time}', { time: absoluteTime(lastUsedAt, t.language) })}`
            }
          </p>
        </div>
        <a
          class="button small"
          href="${link(`${path}/passkeys/${id}`)}"
          aria-label="${t('Change {name}', { name })}"
          >${t('Change …')}</a
        >
      </li>`,
  )
}

async function totpItem({ runtime, member, link, t }: PageInput, enrolled: EnrolledFactors) {
  const { user } = member()
  const totp = await runtime.store.totp.find(user.id)
  if (!enrolled.totp || !totp) return undefined
  const isNeeded =
    judgeRemoval(runtime.policies.factors, user, enrolled, 'totp') === 'factor_needed'
  return html`<li>
    ${icon('phone')}
    <div class="what">
      <p><strong>${t('Authenticator application')}</strong></p>
      <p class="quietly">
        ${t.html('Added {time}', { time: absoluteTime(totp.confirmedAt ?? 0, t.language) })}
      </p>
    </div>
    ${!isNeeded && html`<a class="button small" href="${link(removeFactorPath)}">${t('Remove …')}</a>`}
  </li>`
}

/** Renders the way to the page that asks for a code before the visitor types a password in a form that would be refused. */
function stepUpFirst({ link, t }: PageInput): Html {
  return html`<div class="row">
    <p>${t('Confirm that it is you first: changes need a factor of the last five minutes.')}</p>
    <a class="button" href="${link(stepUpPath(link(path)))}">${t('Confirm')}</a>
  </div>`
}

function changes(input: PageInput, enrolled: EnrolledFactors): Html {
  const { totp } = enrolled
  const { formError, link, member, t } = input
  const fold = (one: { name: string; path: string }, words: string, note: string) => {
    const of = { form: one.name, formError, t }
    return html`<details ${formError?.form === one.name && html` open`}>
      <summary>${words}</summary>
      <form method="post" action="${link(one.path)}" class="fields">
        ${formErrorMessage(of)} ${hiddenUsername(member())}
        <p>${note}</p>
        ${currentPasswordField(of, member())}
        <button class="primary">${t('Continue')}</button>
      </form>
    </details>`
  }
  return html`<div class="folds">
    ${fold(
      addPasskeyForm,
      t('Add a passkey'),
      t(
        'It signs you in without a password, and no false site can ask for it. Your other devices are signed out.',
      ),
    )}
    ${fold(
      addForm,
      totp ? t('Replace the authenticator application') : t('Add an authenticator application'),
      totp
        ? t('The one that you have works until the first code of the new one.')
        : t(
            'Such as the one of your password manager or your telephone. Your other devices are signed out.',
          ),
    )}
    ${hasFactor(enrolled) && fold(codesForm, t('Make new recovery codes'), t('Those that you have end.'))}
  </div>`
}
