import type { IdentifiedMail, Mailer } from '../../domain/mail/mail.ts'
import type { RenderedMail } from './templates.ts'

/** A mail in the mailbox of development. */
export type MailboxEntry = RenderedMail &
  Pick<IdentifiedMail, 'id' | 'to' | 'createdAt' | 'language'>

/** The mailbox of development: a mailer that keeps the last mails in memory, for a page to show. */
export interface Mailbox extends Mailer {
  /** Returns the mails, the newest first. */
  list(): readonly MailboxEntry[]
}

const maxEntries = 100

/** Makes an empty mailbox. */
export function createMailbox(render: (mail: IdentifiedMail) => RenderedMail): Mailbox {
  let entries: readonly MailboxEntry[] = []
  return {
    async deliver(mail) {
      const { id, to, createdAt, language } = mail
      entries = [{ ...render(mail), id, to, createdAt, language }, ...entries].slice(0, maxEntries)
      return { kind: 'sent' }
    },
    list: () => entries,
  }
}
