import * as z from 'zod'
import { Secret } from '../../../domain/kernel/secret.ts'

// Parameters of OAuth endpoints. A parameter without a value counts as omitted (RFC 6749, section 3.2), and so does an unknown one.

const maxLength = 1_024 // characters
const maxTokenLength = 8_192 // as verifiers accept

const omitEmpty = (value: unknown) => (value === '' ? undefined : value)

/** A parameter that is no secret: printable ASCII, as RFC 6749, appendix A, has them all. */
export const text = z.preprocess(
  omitEmpty,
  z
    .string()
    .max(maxLength)
    .regex(/^[\x20-\x7E]+$/)
    .optional(),
)

/** A parameter that proves something. */
export const secretText = z.preprocess(
  omitEmpty,
  z
    .string()
    .max(maxTokenLength)
    .transform((value) => new Secret(value))
    .optional(),
)

/** The parameters with which a client authenticates. */
export const clientParameters = {
  client_id: text.optional(),
  client_secret: secretText.optional(),
  client_assertion_type: text.optional(),
  client_assertion: secretText.optional(),
}

/** The parameters of endpoints to which a client sends a token (RFC 7009, section 2.1; RFC 7662, section 2.1). */
export const tokenParameters = {
  token: secretText.optional(),
  token_type_hint: text.optional(),
  ...clientParameters,
}

/** The failures of authenticating a client. */
export const clientFailures = [
  'client_unauthenticated',
  'login_delayed',
  'limit_exceeded',
  'trusted_issuer_unreachable',
] as const
