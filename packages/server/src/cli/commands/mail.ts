import { fail } from '../../failures.ts'
import { parseEmail } from '../../domain/users/email.ts'
import { groupOf, settingsCommand } from '../command.ts'
import { print } from '../terminal.ts'
import { withRuntime } from '../with-runtime.ts'

const test = settingsCommand({
  usage: 'test <address>',
  summary:
    'Send a test mail with the settings of this server, and say what the SMTP server answered',
  mode: 'production',
  shownSettings: ['mail.host', 'mail.port', 'mail.tls', 'mail.user', 'mail.password', 'mail.from'],
  examples: ['countersign mail test ada@example.com'],
  run: (config, { address }) =>
    withRuntime(config, async ({ mailer, mailbox, random, clock }) => {
      const to = parseEmail(address)
      if (!mailer || mailbox)
        throw fail('setting_missing', { detail: 'mail.host and mail.from, to send mail' })
      const id = random.bytes(16).toString('base64url')
      const mail = {
        kind: 'test',
        to,
        language: config.mail.language,
        values: {},
        secrets: {},
      } as const
      const delivery = await mailer.deliver({ ...mail, id, createdAt: clock.now() })
      if (delivery.kind !== 'sent')
        throw fail('mail_undelivered', { detail: `${delivery.error}; ${adviceOn(delivery.error)}` })
      print(`The SMTP server took the mail to ${to}`)
    }),
})

/** Returns what to look at, by the library's code for the step that failed, and by Node's for the certificate. */
function adviceOn(error: string): string {
  if (/CERT|SIGNATURE/.test(error))
    return 'check mail.host, and name the certificate authority in mail.ca_file if it is your own'
  if (error.startsWith('EAUTH')) return 'check mail.user and mail.password'
  if (error.startsWith('ETLS'))
    return 'check mail.tls, and mail.ca_file if its certificate is your own'
  if (error.startsWith('EENVELOPE')) return 'the server refused mail.from or the recipient'
  if (error.startsWith('EMESSAGE')) return 'the server refused the message'
  return 'check mail.host, mail.port and mail.tls, and whether a firewall is in between'
}

/** The group `mail`. */
export const mail = groupOf('mail', 'Check that mail can be sent', test)
