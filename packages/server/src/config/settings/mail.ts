import * as z from 'zod'
import { Secret } from '../../domain/kernel/secret.ts'
import { setting, type SettingGroups } from '../setting.ts'
import { mailAddress, port, text, yesOrNo } from '../shapes.ts'

/** Mail: the SMTP server, the sender, and the templates. */
export const mail = {
  mail: {
    host: setting(
      text(255).optional(),
      'HOST',
      undefined,
      'The SMTP server that takes the mail of this server. Without it there is no mail; in development a mailbox at /mailbox takes it.',
    ),
    port: setting(
      port.optional(),
      'PORT',
      undefined,
      'Its port. Default: 587, or 465 with `mail.tls = "implicit"`.',
    ),
    tls: setting(
      z.enum(['starttls', 'implicit', 'none'], 'must be starttls, implicit or none'),
      'WORD',
      'starttls',
      'How the connection is encrypted: by STARTTLS, which the server must offer, or from its first byte. `none` is for an SMTP server on this machine only.',
    ),
    caFile: setting(
      text(4096).optional(),
      'FILE',
      undefined,
      'Certificates in PEM to trust instead of the public ones, for an SMTP server with a certificate of your own.',
    ),
    user: setting(
      text(255).optional(),
      'NAME',
      undefined,
      'User name for the SMTP server. Without it there is no authentication.',
    ),
    password: setting(
      z
        .string()
        .min(1, 'is empty')
        .transform((one) => new Secret(one))
        .optional(),
      'TEXT',
      undefined,
      'Password for the SMTP server.',
      { secret: true },
    ),
    from: setting(
      mailAddress.optional(),
      'ADDRESS',
      undefined,
      'Sender of every mail, such as `Example <no-reply@example.com>`. Its domain needs SPF and DKIM records that name the SMTP server.',
    ),
    replyTo: setting(
      mailAddress.optional(),
      'ADDRESS',
      undefined,
      'Address for answers, if it is not that of the sender.',
    ),
    signInCodes: setting(
      yesOrNo,
      'WORD',
      'no',
      'Whether users with a verified address may sign in with a code from a mail instead of their password: then the mailbox is all that protects an account.',
    ),
    newDeviceNotices: setting(
      yesOrNo,
      'WORD',
      'yes',
      'Whether users with a verified address get a mail when they sign in from a device or network that is new for them; one an hour at most.',
    ),
    language: setting(
      z.enum(['en', 'de'], 'must be en or de'),
      'WORD',
      'en',
      'Language of a mail where the language of its recipient is not known: of what an administrator did, for example.',
    ),
    templates: setting(
      text(4096).optional(),
      'FOLDER',
      undefined,
      'Folder of your own templates, such as `en/password-reset.txt`; a file that it does not have comes with this server.',
    ),
  },
} as const satisfies SettingGroups
