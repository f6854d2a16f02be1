import * as z from 'zod'
import { html } from '../html.ts'
import { icon } from '../icons.ts'
import { form, type Page } from '../page.ts'

const signOutForm = form({
  name: 'sign-out',
  path: '/sign-out',
  limit: { none: 'it takes the cookies of the session, and no session ends twice' },
  fields: z.object({}),
  submit: ({ link }) => ({ to: link('/sign-in'), flash: 'signed_out', signedOut: true }),
})

/** Signs out: a button on every page, and a page for visitors who open its URL. */
export const signOutPage: Page = {
  path: '/sign-out',
  summary: 'Sign out on this device',
  access: 'public',
  forms: [signOutForm],

  render({ link, visitor, t }) {
    if (!visitor) return { to: link('/sign-in') }
    const main = html`<section class="card narrow">
      <h1>${t('Sign out?')}</h1>
      <p>
        ${t.html('You are signed in as {name} on this device.', { name: html`<strong>${visitor.user.name}</strong>` })}
      </p>
      <form method="post" action="${link('/sign-out')}" class="row">
        <button class="primary">${icon('door')}${t('Sign out')}</button
        ><a class="button" href="${link('/account')}">${t('Cancel')}</a>
      </form>
    </section>`
    return { title: t('Sign out'), main, language: t.language }
  },
}
