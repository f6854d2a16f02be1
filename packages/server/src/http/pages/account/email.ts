import * as z from 'zod'
import { askToVerify, verifyPage } from '../../../domain/administration/verify-email.ts'
import { setOwnEmail } from '../../../domain/administration/set-email.ts'
import { password } from '../../api/schemas.ts'
import { emailFieldErrors, currentPasswordFieldErrors } from '../form-error.ts'
import { field, formErrorMessage, hiddenUsername } from '../fields.ts'
import { html, type Html } from '../html.ts'
import { icon } from '../icons.ts'
import { ownerOf, form, type PageInput } from '../page.ts'
import { textsOf } from '../texts.ts'

const name = 'email'
const path = '/account/email'

/** Changes or removes the e-mail address. It requires the password, so that access to an unlocked device is not enough. */
export const emailForm = form({
  name,
  path,
  limit: 'changes-per-user',
  fields: z.object({ email: z.string().max(254), password }),
  echoedFields: ['email'],
  fieldErrors: { ...emailFieldErrors, ...currentPasswordFieldErrors },
  async submit({ fields, runtime, member, client, link, bindBrowser }) {
    const address = fields.email.trim()
    const owner = ownerOf(member(), fields.password, client)
    await setOwnEmail(runtime, owner, address === '' ? null : address)
    const user = await runtime.store.users.find(owner.userId)
    const id = user && (await askToVerify(runtime, user, { browser: bindBrowser(), client }))
    if (id !== undefined) return { to: link(`${verifyPage}?id=${id}`) }
    return { to: link('/account'), flash: address === '' ? 'email_removed' : 'email_set' }
  },
})

/** Sends a code to the visitor's address, to verify it. */
export const verificationForm = form({
  name: 'verification',
  path: '/account/email/verification',
  limit: 'changes-per-user', // `askCode` also limits the mails
  fields: z.object({}),
  async submit({ runtime, member, client, link, bindBrowser }) {
    const id = await askToVerify(runtime, member().user, { browser: bindBrowser(), client })
    return { to: link(id === undefined ? '/account' : `${verifyPage}?id=${id}`) }
  },
})

/** Renders whether the address is verified, with a button that sends a code. */
export function verificationSection({
  link,
  member,
  runtime,
  language,
}: PageInput): Html | undefined {
  const { email, emailVerifiedAt } = member().user
  const { address } = textsOf(language)
  if (email === null || !runtime.policies.mail.enabled) return undefined
  if (emailVerifiedAt !== null)
    return html`<div class="row quietly">
      ${icon('check')}
      <p>${address.isVerified(email)}</p>
    </div>`
  return html`<form method="post" action="${link(verificationForm.path)}" class="row">
    <p>${address.isNotVerified(email)}</p>
    <button class="small">${address.send}</button>
  </form>`
}

/** Renders the form, collapsed until it is opened. */
export function emailSection({ formError, link, member, language, t }: PageInput): Html {
  const { user } = member()
  const texts = textsOf(language)
  const { address } = texts
  const of = { form: name, formError, t }
  return html`<details ${formError?.form === name && html` open`}>
    <summary>
      ${icon('mail')}<span class="row"
        >${user.email === null ? address.add : address.change}<span class="now"
          >${user.email}</span
        ></span
      >
    </summary>
    <form method="post" action="${link(path)}" class="fields">
      ${formErrorMessage(of)}${hiddenUsername(member())}
      ${field(of, {
        name: 'email',
        label: texts.email,
        type: 'email',
        autocomplete: 'email',
        required: false,
        value: user.email ?? '',
        hint: address.removal,
      })}
      ${field(of, {
        name: 'password',
        label: texts.password,
        type: 'password',
        autocomplete: 'current-password',
      })}
      <div class="row"><button class="primary">${address.save}</button></div>
    </form>
  </details>`
}
