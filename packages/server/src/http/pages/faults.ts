import type { Fault, Form } from './page.ts'

/** Which failures of a form are told beside which of its fields. */
type Faults = NonNullable<Form['faults']>

const beside = (field: string): Fault => ({ field })

/** What can be wrong with an e-mail address. */
export const emailFaults = {
  email_unacceptable: beside('email'),
  email_taken: beside('email'),
} as const satisfies Faults

/** What can be wrong with a new password. */
export const newPasswordFaults = {
  password_too_short: beside('new_password'),
  password_too_long: beside('new_password'),
  password_common: beside('new_password'),
  password_personal: beside('new_password'),
} as const satisfies Faults

/** What can be wrong with a new user, whoever makes them. */
export const newUserFaults = {
  ...newPasswordFaults,
  ...emailFaults,
  username_unacceptable: beside('username'),
  username_taken: beside('username'),
} as const satisfies Faults

const wrong: Fault = { field: 'password', sentence: 'The password is wrong.' }

/** The password of whoever is signed in, asked for once more, was another one: whether it is only looked at or signs in anew. */
export const yourPasswordFaults = {
  current_password_wrong: wrong,
  credentials_wrong: wrong,
} as const satisfies Faults
