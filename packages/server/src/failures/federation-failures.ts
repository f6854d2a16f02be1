import type { CallerFailure } from './caller-failures.ts'

/** The failures of sign-ins with an identity provider: a part of the catalogue of callers. */
export const federationFailures = {
  provider_unknown: { status: 404, message: 'This server has no identity provider of this name' },
  provider_unavailable: {
    status: 503,
    message: 'The identity provider does not answer as it should; try again later',
  },
  provider_answer_refused: {
    status: 403,
    message:
      'The answer of the identity provider was not accepted: it is not for this browser, has expired or was already used; sign in again',
  },
  provider_domain_refused: {
    status: 403,
    message:
      'Accounts of this identity provider need a verified e-mail address of another domain; sign in with your account of the organization',
  },
  identity_unknown: {
    status: 403,
    message:
      'No user has linked this account; sign in another way and link it on your account page, or ask an administrator for an account',
  },
  identity_email_taken: {
    status: 409,
    message:
      'A user with the e-mail address of this account exists; sign in as that user and link the account on the account page',
  },
  identity_taken: {
    status: 409,
    message: 'Another user has linked this account; unlink it there first',
  },
  identities_too_many: {
    status: 409,
    message: 'This user has linked the maximum number of accounts; unlink one first',
  },
  last_sign_in_method: {
    status: 409,
    message: 'This is the only way to sign in; set a password or add a passkey first',
  },
} as const satisfies Readonly<Record<string, CallerFailure>>
