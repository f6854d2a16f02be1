import * as z from 'zod'
import { setOwnLanguage } from '../../../domain/administration/set-language.ts'
import { language } from '../../api/schemas.ts'
import { html, type Html } from '../html.ts'
import { form, type PageInput } from '../page.ts'

/** Chooses the language of mails and of the pages that belong to them. */
export const languageForm = form({
  name: 'language',
  path: '/account/language',
  limit: 'changes-per-user',
  fields: z.object({ language: language.or(z.literal('')) }),
  async submit({ fields, runtime, member, link }) {
    const { user, session } = member()
    const owner = { userId: user.id, sessionId: session.id }
    await setOwnLanguage(runtime, owner, fields.language || null)
    return { to: link('/account'), flash: 'language_set' }
  },
})

const names = [
  ['en', 'English'],
  ['de', 'Deutsch'],
] as const

/** Renders the choice. */
export function languageSection({ link, member, t }: PageInput): Html {
  const chosen = member().user.language ?? ''
  const choices = [['', t('The language of the browser')], ...names] as const
  return html`<form method="post" action="${link(languageForm.path)}" class="row">
    <label for="language">${t('Language of pages and mails')}</label>
    <select id="language" name="language">
      ${choices.map(
        ([value, name]) =>
          html`<option
            value="${value}"
            ${value === chosen && html` selected`}${value !== '' && html` lang="${value}"`}
          >
            ${name}
          </option>`,
      )}
    </select>
    <button class="small">${t('Save')}</button>
  </form>`
}
