import type { Config } from './config/settings.ts'
import { createMailbox } from './platform/mail/mailbox.ts'
import { createSmtpMailer, type SmtpOptions } from './platform/mail/smtp-mailer.ts'
import { createTemplates } from './platform/mail/templates.ts'
import type { Runtime } from './runtime.ts'

/** Makes the mailer of the settings: SMTP if they name a server, the mailbox in development, else none. */
export function mailersOf(config: Config, url: string): Pick<Runtime, 'mailer' | 'mailbox'> {
  const render = createTemplates(config.mail.templates, new URL(url).host)
  const smtp = smtpOptionsOf(config)
  if (smtp) return { mailer: createSmtpMailer(smtp, render), mailbox: undefined }
  const mailbox = config.mode === 'development' ? createMailbox(render) : undefined
  return { mailer: mailbox, mailbox }
}

function smtpOptionsOf({ mail }: Config): SmtpOptions | undefined {
  const { host, from, tls, port = tls === 'implicit' ? 465 : 587 } = mail
  return host === undefined || from === undefined ? undefined : { ...mail, host, from, tls, port }
}
