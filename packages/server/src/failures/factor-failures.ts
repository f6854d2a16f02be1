import type { CallerFailure } from './caller-failures.ts'

/** The failures of second factors, passkeys and step-up: a part of the catalogue of callers. */
export const factorFailures = {
  // Second factors. The problem document of the first two has the members `sign_in` and `factors`.
  factor_required: {
    status: 401,
    message: 'A second factor is required; send it to /login/factor with the value of sign_in',
    challenge: 'Bearer',
  },
  factor_enrolment_required: {
    status: 401,
    message:
      'This account must have a second factor; add one with /login/factor/totp and the value of sign_in',
    challenge: 'Bearer',
  },
  second_factor_missing: {
    status: 401,
    message:
      'This session was started without the second factor that its account must have; sign in again',
    challenge: 'Bearer error="invalid_token"', // no step-up helps: it takes the sign-in that adds or proves a factor
  },
  sign_in_expired: {
    status: 401,
    message: 'This sign-in has expired or had too many wrong codes; begin with the password again',
    challenge: 'Bearer',
  },
  factor_wrong: {
    status: 403,
    message: 'The code is wrong, expired or already used; enter the next one that is shown',
  },
  passkey_wrong: {
    status: 403,
    message:
      'The passkey was not accepted: it is unknown here, or the request for it has expired; request new options and try again',
  },
  passkey_name_unacceptable: {
    status: 400,
    message: 'The name must have 1 to 64 characters, without control characters',
  },
  passkeys_too_many: {
    status: 409,
    message: 'This account has the maximum number of passkeys; remove one first',
  },
  factor_not_proposed: {
    status: 409,
    message: 'There is no authenticator application to confirm; request a new secret first',
  },
  factor_unknown: { status: 404, message: 'This account has no such second factor' },
  factor_needed: {
    status: 409,
    message: 'This account must have a second factor; add another one before you remove this one',
  },
  password_needs_factor: {
    status: 409,
    message:
      'The password is too short to be the only factor; change it before you remove the last second factor',
  },
  step_up_required: {
    status: 401,
    message:
      'This needs a sign-in with a second factor in the last five minutes; send one to /me/step-up, then repeat this with the new token',
    challenge:
      'Bearer error="insufficient_user_authentication", acr_values="phr mfa", max_age="300"', // RFC 9470, section 3
  },
} as const satisfies Readonly<Record<string, CallerFailure>>
