import { absoluteTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import type { Page } from '../page.ts'
import type { ShownMail } from '../../pipeline/services.ts'
import type { Translate } from '../translation/translate.ts'

/** The mailbox of development: the mails that a production server would send by SMTP. */
export const mailboxPage: Page = {
  path: '/mailbox',
  summary: 'Read the mails of a development server, which sends none',
  access: 'public',
  render({ runtime, t }) {
    const { mailbox } = runtime
    const mails = mailbox?.list() ?? []
    const main = html`<h1>${t('Mailbox')}</h1>
      <p class="intro">
        ${
          mailbox
            ? t(
                'This development server sends no mail: what it would send is here, the newest first. Reload to see more.',
              )
            : t('This development server sends its mail by SMTP, because mail.host is set.')
        }
      </p>
      ${mails.length === 0 && html`<p>${t('There is no mail.')}</p>`}
      ${mails.map((one) => mailCard(one, t))}`
    return { title: t('Mailbox'), main, language: t.language }
  },
}

/** Renders a mail, which is in the language of its reader. */
function mailCard({ id, to, createdAt, language, subject, text }: ShownMail, t: Translate): Html {
  return html`<article class="card mail" aria-labelledby="${id}">
    <h2 id="${id}" lang="${language}">${subject}</h2>
    <p class="quietly">
      ${t.html('To {address}, {time}', { address: to, time: absoluteTime(createdAt, t.language) })}
    </p>
    ${text.split(/\n{2,}/).map((paragraph) => html`<p lang="${language}">${withLinks(paragraph)}</p>`)}
  </article>`
}

/** Renders the URLs in a text as links. */
function withLinks(text: string): readonly (string | Html)[] {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, at) => (at % 2 === 0 ? part : html`<a href="${part}">${part}</a>`))
}
