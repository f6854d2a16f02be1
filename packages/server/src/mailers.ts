import { readdirSync } from 'node:fs'
import type { Config } from './config/settings.ts'
import { fail } from './failures.ts'
import { createMailbox } from './platform/mail/mailbox.ts'
import { createSmtpMailer, type SmtpOptions } from './platform/mail/smtp-mailer.ts'
import { createTemplates } from './platform/mail/templates.ts'
import type { Runtime } from './runtime.ts'

/**
 * Makes the mailer of the settings: SMTP if they name a server, the mailbox in development, else none. Fails with `setting_invalid` if the folder
 * of templates cannot be read: every mail would silently use the templates of this server.
 */
export function mailersOf(config: Config, url: string): Pick<Runtime, 'mailer' | 'mailbox'> {
  const { templates } = config.mail
  if (templates !== undefined) assertFolder(templates)
  const render = createTemplates(templates, new URL(url).host)
  const smtp = smtpOptionsOf(config)
  if (smtp) return { mailer: createSmtpMailer(smtp, render), mailbox: undefined }
  const mailbox = config.mode === 'development' ? createMailbox(render) : undefined
  return { mailer: mailbox, mailbox }
}

function smtpOptionsOf({ mail }: Config): SmtpOptions | undefined {
  const { host, from, tls, port = tls === 'implicit' ? 465 : 587 } = mail
  return host === undefined || from === undefined ? undefined : { ...mail, host, from, tls, port }
}

function assertFolder(path: string): void {
  try {
    readdirSync(path)
  } catch (cause) {
    throw fail('setting_invalid', {
      detail: 'mail.templates must be a folder that this server can read',
      cause,
    })
  }
}
