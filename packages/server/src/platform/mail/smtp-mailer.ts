import { readFileSync } from 'node:fs'
import type { Transporter } from 'nodemailer'
import type { Delivery, Mailer } from '../../domain/mail/mail.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import type { RenderedMail } from './templates.ts'
import type { IdentifiedMail } from '../../domain/mail/mail.ts'

/** The options of {@link createSmtpMailer}: how to reach the SMTP server, and the addresses of the sender. */
export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /** `starttls` refuses a server without it; `none` is for this machine only. */
  readonly tls: 'starttls' | 'implicit' | 'none'
  readonly user: string | undefined
  readonly password: Secret | undefined
  /** Certificates in PEM to trust instead of the public ones. */
  readonly caFile: string | undefined
  readonly from: string
  readonly replyTo: string | undefined
}

const maxDeliveryTime = 45_000 // milliseconds for one mail, well below the lease of a claimed one: a server that sends a byte now and then meets no other limit

/** Milliseconds. */
const timeouts = {
  dnsTimeout: 5_000,
  connectionTimeout: 10_000,
  greetingTimeout: 10_000,
  socketTimeout: 15_000,
}

/** Makes the mailer that delivers by SMTP (RFC 5321). The library is loaded with the first mail. */
export function createSmtpMailer(
  options: SmtpOptions,
  render: (mail: IdentifiedMail) => RenderedMail,
  maxTime = maxDeliveryTime,
): Mailer {
  let opening: Promise<Transporter> | undefined
  const host = /@([^@>\s]+)>?\s*$/.exec(options.from)?.[1] ?? 'localhost'
  return {
    async deliver(mail) {
      try {
        const transport = await (opening ??= open(options))
        await transport.sendMail({
          from: options.from,
          ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
          to: { name: '', address: mail.to },
          messageId: `<${mail.id}@${host}>`,
          date: new Date(mail.createdAt * 1000),
          headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834, so that no vacation notice answers it
          ...render(mail),
          signal: AbortSignal.timeout(maxTime),
        })
        return { kind: 'sent' }
      } catch (error) {
        if (error instanceof Error && 'syscall' in error && error.syscall === 'open')
          opening = undefined // mail.ca_file could not be read; it may be there next time
        return toDelivery(error)
      }
    },
  }
}

async function open({ host, port, tls, user, password, caFile }: SmtpOptions) {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(caFile === undefined ? {} : { ca: readFileSync(caFile) }) },
    ...(user === undefined || password === undefined
      ? {}
      : { auth: { user, pass: password.reveal() } }),
    ...timeouts,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** The commands whose permanent refusal concerns this mail, and not the connection or the account of this server. */
const aboutTheMail: ReadonlySet<unknown> = new Set(['MAIL FROM', 'RCPT TO', 'DATA'])

/**
 * Turns an error of SMTP into a verdict. Its text is not kept: the other server wrote it, and it could quote anything. The codes of the library and
 * of Node are kept, because ESOCKET alone is a closed port as well as an unknown certificate. A refused sign-in and a failed TLS handshake count as
 * deferred, because the operator can mend them.
 */
function toDelivery(error: unknown): Delivery {
  const { code, originalCode, command, responseCode, response } = error as Readonly<
    Record<string, unknown>
  >
  const [enhanced] =
    typeof response === 'string' ? (/\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(response) ?? []) : []
  const name = typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) ? code : 'EUNKNOWN'
  const cause =
    typeof originalCode === 'string' &&
    /^[A-Z0-9_]{1,64}$/.test(originalCode) &&
    originalCode !== name
      ? originalCode
      : undefined
  const reply = typeof responseCode === 'number' ? responseCode : undefined
  const text = [name, cause, reply, enhanced].filter((part) => part !== undefined).join(' ')
  const isPermanent = reply !== undefined && reply >= 500 && aboutTheMail.has(command)
  return { kind: isPermanent ? 'rejected' : 'deferred', error: text }
}
