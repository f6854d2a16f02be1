import * as z from 'zod'
import { forgotPassword, resetPassword } from '../../domain/passwords/reset-password.ts'
import { askToVerify, verifiesFor, verifyEmail } from '../../domain/administration/verify-email.ts'
import { fail } from '../../failures.ts'
import { foldEmail, parseEmail } from '../../domain/users/email.ts'
import { exampleCode } from '../openapi/examples.ts'
import { noContent, route } from '../pipeline/route.ts'
import { digits, email, newPasswordFailures, password } from './schemas.ts'

/** Sends a code with which a user can set a new password. */
export const forgot = route({
  method: 'POST',
  path: '/password/forgot',
  summary:
    'Send a code and a link to an e-mail address, with which its user can set a new password; the answer is the same for every address',
  limit: 'attempts-per-address', // `askCode` also limits the mails to one address
  access: 'public',
  body: z.strictObject({ email }),
  maxBodyBytes: 1_024,
  answer: noContent,
  status: 202,
  failures: ['email_unacceptable', 'mail_unavailable'],
  example: { body: { email: 'ada@example.com' }, answer: undefined },

  async handle({ body, runtime, client, cookies }) {
    await forgotPassword(runtime, body.email, { browser: cookies.bindBrowser(), client })
    return undefined
  },
})

/** Sets a new password with a code. */
export const reset = route({
  method: 'POST',
  path: '/password/reset',
  summary: 'Set a new password with the code from a mail, and end all sessions of its user',
  limit: 'attempts-per-address', // `checkCode` also ends a code after five wrong ones
  access: 'public',
  body: z.strictObject({ email, code: digits, new_password: password }),
  answer: noContent,
  failures: ['email_unacceptable', 'code_wrong', 'login_delayed', ...newPasswordFailures],
  example: {
    body: { email: 'ada@example.com', code: exampleCode, new_password: 'cirrus over seven lakes' },
    answer: undefined,
  },

  async handle({ body, runtime, client, cookies }) {
    const whom = [foldEmail(parseEmail(body.email))]
    const proof = { whom, code: body.code, browser: cookies.askingBrowser() }
    await resetPassword(runtime, proof, body.new_password, client)
    return undefined
  },
})

/** Sends the code once more with which users verify their address. */
export const askVerification = route({
  method: 'POST',
  path: '/email/verification',
  summary: 'Send a code and a link to the e-mail address of the token’s user, to verify it',
  limit: 'changes-per-user', // `askCode` also limits the mails
  access: 'user',
  answer: noContent,
  status: 202,
  failures: ['user_gone', 'mail_unavailable'],
  example: { answer: undefined },

  async handle({ principal, runtime, client, cookies }) {
    const user = await runtime.store.users.find(principal().subject)
    if (!user || user.disabledAt !== null) throw fail('user_gone')
    if (!runtime.policies.mail.enabled) throw fail('mail_unavailable')
    await askToVerify(runtime, user, { browser: cookies.bindBrowser(), client })
    return undefined
  },
})

/** Verifies the address of the caller with a code. */
export const verify = route({
  method: 'POST',
  path: '/email/verify',
  summary: 'Verify the e-mail address of the token’s user with the code from a mail',
  limit: 'changes-per-user', // `checkCode` also ends a code after five wrong ones
  access: 'user',
  body: z.strictObject({ code: digits }),
  answer: noContent,
  failures: ['user_gone', 'code_wrong', 'login_delayed'],
  example: { body: { code: exampleCode }, answer: undefined },

  async handle({ body, principal, runtime, client }) {
    const user = await runtime.store.users.find(principal().subject)
    if (!user || user.disabledAt !== null) throw fail('user_gone')
    await verifyEmail(runtime, user.id, { whom: verifiesFor(user), code: body.code }, client)
    return undefined
  },
})
