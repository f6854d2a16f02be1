import * as z from 'zod'
import { beginLink } from '../../../domain/federation/begin-federated-sign-in.ts'
import { unlinkIdentity } from '../../../domain/federation/link-identity.ts'
import { judgeUnlink, type Identity } from '../../../domain/users/identity.ts'
import { fail } from '../../../failures.ts'
import { password } from '../../api/schemas.ts'
import { currentPasswordField, formErrorMessage, hiddenUsername } from '../fields.ts'
import { currentPasswordFieldErrors } from '../form-error.ts'
import { absoluteTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { form, ownerOf, type Page, type PageInput } from '../page.ts'
import { goingToProvider } from '../sign-in/provider-buttons.ts'

/** The path of the visitor's ways to sign in. */
export const signInMethodsPath = '/account/sign-in-methods'

const linkForm = form({
  name: 'link-identity',
  path: `${signInMethodsPath}/link`,
  limit: 'changes-per-user',
  fields: z.object({ provider: z.string().max(32), password }),
  echoedFields: ['provider'],
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link, language, bindBrowser }) {
    const browser = bindBrowser()
    if (!browser) throw fail('cookies_cross_site')
    const owner = ownerOf(member(), fields.password, client)
    const returnTo = link(signInMethodsPath)
    const url = await beginLink(runtime, fields.provider, owner, { browser, returnTo })
    const title = runtime.identityProviders.get(fields.provider)?.title ?? fields.provider
    return goingToProvider(title, url, language)
  },
})

const unlinkForm = form({
  name: 'unlink-identity',
  path: `${signInMethodsPath}/unlink`,
  limit: 'changes-per-user',
  fields: z.object({ identity: z.string().max(64), password }),
  echoedFields: ['identity'],
  fieldErrors: currentPasswordFieldErrors,
  async submit({ fields, runtime, member, client, link }) {
    await unlinkIdentity(runtime, ownerOf(member(), fields.password, client), fields.identity)
    return { to: link(signInMethodsPath), flash: 'identity_unlinked' }
  },
})

/** The accounts at identity providers that the visitor signs in with. */
export const accountSignInMethods: Page = {
  path: signInMethodsPath,
  summary: 'See the accounts of identity providers that sign you in; link and unlink them',
  access: 'user',
  forms: [linkForm, unlinkForm],

  async render(input) {
    const { runtime, member, t } = input
    const { user } = member()
    const identities = await runtime.store.identities.list(user.id)
    const { length: passkeys } = await runtime.store.passkeys.list(user.id)
    const methods = { user, passkeys, identities }
    const main = html`<section class="card" aria-labelledby="methods">
        <h1 id="methods">${t('Sign-in methods')}</h1>
        <p class="intro">
          ${user.hasPassword ? t('You have a password.') : t('You have no password.')}
          ${passkeys > 0 && t('You have a passkey.')}
          ${t('You can also sign in with the accounts of other sites that you have linked.')}
        </p>
        <ul class="list">
          ${identities.map((one) => item(input, one, judgeUnlink(runtime.policies.federation, methods, one.id) === 'may_unlink'))}
        </ul>
        ${identities.length === 0 && html`<p>${t('No account of another site is linked.')}</p>`}
      </section>
      ${linkSection(input)}`
    return { title: t('Sign-in methods'), main, language: t.language }
  },
}

function item(input: PageInput, { id, provider, label, createdAt }: Identity, mayUnlink: boolean) {
  const { t } = input
  const title = input.runtime.identityProviders.get(provider)?.title
  return html`<li>
    ${icon('key')}
    <div class="what">
      <p><strong>${title ?? provider}</strong>${label !== null && ` ${label}`}</p>
      <p class="quietly">
        ${t.html('Linked {time}', { time: absoluteTime(createdAt, t.language) })}${title === undefined && html`; ${t('not offered any more')}`}
      </p>
      ${mayUnlink ? unlinkFold(input, id, title ?? provider) : html`<p class="quietly">${t('The only way to sign in: set a password or add a passkey before you unlink it.')}</p>`}
    </div>
  </li>`
}

function unlinkFold({ formError, link, member, t }: PageInput, id: string, title: string): Html {
  const isMine = formError?.typed['identity'] === id
  const of = { form: unlinkForm.name, formError: isMine ? formError : undefined, t }
  return html`<details ${isMine && html` open`}>
    <summary>${t('Unlink {title}', { title })}</summary>
    <form method="post" action="${link(unlinkForm.path)}" class="fields">
      ${formErrorMessage(of)} ${hiddenUsername(member())}
      <input type="hidden" name="identity" value="${id}" />
      <p>${t('You can no longer sign in with it, and your other devices are signed out.')}</p>
      ${currentPasswordField(of, member())}
      <button class="danger">${t('Unlink')}</button>
    </form>
  </details>`
}

function linkSection({ runtime, formError, link, member, t }: PageInput): Html | undefined {
  const providers = [...runtime.identityProviders.values()]
  if (providers.length === 0) return undefined
  const of = { form: linkForm.name, formError, t }
  const folds = providers.map(({ name, title }) => {
    const isMine = formError?.typed['provider'] === name
    const mine = { ...of, formError: isMine ? formError : undefined }
    return html`<details ${isMine && html` open`}>
      <summary>${t('Link an account of {title}', { title })}</summary>
      <form method="post" action="${link(linkForm.path)}" class="fields">
        ${formErrorMessage(mine)} ${hiddenUsername(member())}
        <input type="hidden" name="provider" value="${name}" />
        ${currentPasswordField(mine, member())}
        <button class="primary">${t('Continue')}</button>
      </form>
    </details>`
  })
  return html`<section class="card" aria-labelledby="link">
    <h2 id="link">${t('Link an account')}</h2>
    <div class="folds">${folds}</div>
  </section>`
}
