import { absoluteTime } from '../format-time.ts'
import { html, type Html } from '../html.ts'
import type { Page } from '../page.ts'
import type { ShownMail } from '../../pipeline/services.ts'

/** The mailbox of development: the mails that a production server would send by SMTP. */
export const mailboxPage: Page = {
  path: '/mailbox',
  summary: 'Read the mails of a development server, which sends none',
  access: 'public',
  render({ runtime }) {
    const { mailbox } = runtime
    const mails = mailbox?.list() ?? []
    const main = html`<h1>Mailbox</h1>
      <p class="intro">
        ${
          mailbox
            ? 'This development server sends no mail: what it would send is here, the newest first. Reload to see more.'
            : 'This development server sends its mail by SMTP, because mail.host is set.'
        }
      </p>
      ${mails.length === 0 && html`<p>There is no mail.</p>`} ${mails.map(mailCard)}`
    return { title: 'Mailbox', main }
  },
}

function mailCard({ id, to, createdAt, subject, text }: ShownMail): Html {
  return html`<article class="card mail" aria-labelledby="${id}">
    <h2 id="${id}">${subject}</h2>
    <p class="quietly">To ${to}, ${absoluteTime(createdAt)}</p>
    ${text.split(/\n{2,}/).map((paragraph) => html`<p>${withLinks(paragraph)}</p>`)}
  </article>`
}

/** Renders the URLs in a text as links. */
function withLinks(text: string): readonly (string | Html)[] {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((part, at) => (at % 2 === 0 ? part : html`<a href="${part}">${part}</a>`))
}
