import * as z from 'zod'
import {
  confirmTotp,
  makeRecoveryCodes,
  proposeTotp,
  removeTotp,
} from '../../domain/authentication/own-factors.ts'
import { stepUp, type StepUpProof } from '../../domain/authentication/step-up.ts'
import { requiresFactor } from '../../domain/factors/factor-policy.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { fail } from '../../failures.ts'
import {
  examplePassword,
  exampleRecoveryCodes,
  exampleTokens,
  exampleTotpCode,
} from '../openapi/examples.ts'
import { ownerOf, sessionOwnerOf } from '../pipeline/access.ts'
import { noContent, route } from '../pipeline/route.ts'
import {
  addedFactor,
  codes,
  exampleAdded,
  exampleProposed,
  proofOf,
  proofs,
  proposedTotp,
  toCodes,
  toProposedTotp,
} from './login-factor.ts'
import {
  examplePasskey,
  maxPasskeyBytes,
  passkeySchema,
  toPasskeyResponse,
} from './passkey-schemas.ts'
import { password, totpCode } from './schemas.ts'
import { respondWithTokens, tokenResponse, tokenFailures } from './token-response.ts'

// A user's own second factors, and step-up.

/** Lists the caller's factors. */
export const listFactors = route({
  method: 'GET',
  path: '/me/factors',
  summary: 'Show the second factors of the token’s user, and whether one is required of them',
  limit: { none: 'five reads' },
  access: 'user',
  answer: z.strictObject({
    totp: z.boolean(),
    passkeys: z.array(passkeySchema),
    recovery_codes_left: z.int().nonnegative(),
    required: z.boolean(),
  }),
  failures: ['user_gone'],
  example: {
    answer: {
      totp: true,
      passkeys: [examplePasskey],
      recovery_codes_left: 10,
      required: false,
    },
  },

  async handle({ runtime: { store, policies }, principal }) {
    const user = await store.users.find(principal().subject)
    if (!user || user.disabledAt !== null) throw fail('user_gone')
    const { totp, recoveryCodes } = await store.enrolledFactors.find(user.id)
    const required = requiresFactor(policies.factors, user.roles)
    const passkeys = (await store.passkeys.list(user.id)).map(toPasskeyResponse)
    return { totp, passkeys, recovery_codes_left: recoveryCodes, required }
  },
})

/** The failures of changes to one's own factors that the password confirms. */
export const changeFailures = [
  'user_gone',
  'session_ended',
  'current_password_wrong',
  'login_delayed',
  'busy',
  'step_up_required',
] as const

/** The failures of the removal of a factor. */
export const removalFailures = [
  ...changeFailures,
  'factor_unknown',
  'factor_needed',
  'password_needs_factor',
  'last_sign_in_method',
] as const

/** The common part of all changes of one's own factors. */
export const change = { limit: 'changes-per-user', access: 'user' } as const

/** Makes a secret for an authenticator application. */
export const proposeTotpRoute = route({
  ...change,
  method: 'POST',
  path: '/me/factors/totp',
  summary:
    'Make a secret for an authenticator application; `uri` is for a QR code. It counts once its first code was sent to /me/factors/totp/confirm, within ten minutes',
  body: z.strictObject({ current_password: password }),
  answer: proposedTotp,
  status: 201,
  failures: changeFailures,
  example: {
    body: { current_password: examplePassword },
    answer: exampleProposed,
  },

  async handle({ body, runtime, principal, client }) {
    const owner = ownerOf(principal(), body.current_password, client)
    return toProposedTotp(await proposeTotp(runtime, owner))
  },
})

/** Adds the authenticator application. */
export const confirmTotpRoute = route({
  ...change,
  method: 'POST',
  path: '/me/factors/totp/confirm',
  summary:
    'Add the authenticator application with its first code; ends all other sessions, and returns new tokens for this one and, with the first factor, ten recovery codes',
  body: z.strictObject({ code: totpCode }),
  answer: addedFactor,
  failures: [...tokenFailures, 'factor_not_proposed', 'factor_wrong', 'user_gone', 'session_ended'],
  example: {
    body: { code: exampleTotpCode },
    answer: exampleAdded,
  },

  async handle({ body, runtime, principal, client, cookies }) {
    const owner = sessionOwnerOf(principal())
    const { grant, recoveryCodes } = await confirmTotp(runtime, owner, body.code, client)
    return {
      recovery_codes: toCodes(recoveryCodes),
      tokens: await respondWithTokens(runtime, grant, cookies.sent ? cookies : undefined),
    }
  },
})

/** Removes the authenticator application. */
export const removeTotpRoute = route({
  ...change,
  method: 'DELETE',
  path: '/me/factors/totp',
  summary: 'Remove the authenticator application, and with the last factor the recovery codes',
  body: z.strictObject({ current_password: password }),
  answer: noContent,
  failures: removalFailures,
  example: { body: { current_password: examplePassword }, answer: undefined },

  async handle({ body, runtime, principal, client }) {
    await removeTotp(runtime, ownerOf(principal(), body.current_password, client))
    return undefined
  },
})

/** Makes new recovery codes. */
export const makeRecoveryCodesRoute = route({
  ...change,
  method: 'POST',
  path: '/me/factors/recovery-codes',
  summary: 'Make ten new recovery codes; earlier ones end. They are returned here and never again',
  body: z.strictObject({ current_password: password }),
  answer: z.strictObject({ recovery_codes: codes }),
  status: 201,
  failures: [...changeFailures, 'factor_unknown'],
  example: {
    body: { current_password: examplePassword },
    answer: { recovery_codes: exampleRecoveryCodes },
  },

  async handle({ body, runtime, principal, client }) {
    const owner = ownerOf(principal(), body.current_password, client)
    return { recovery_codes: toCodes(await makeRecoveryCodes(runtime, owner)) }
  },
})

/** Proves again who the caller is. */
export const stepUpRoute = route({
  ...change,
  method: 'POST',
  path: '/me/step-up',
  summary:
    'Prove again who you are, with `code`, `recovery_code`, `passkey`, or, without a second factor, `password`; returns tokens with a new `auth_time`, and `acr` after a second factor (RFC 9470). The tokens before are refused',
  body: z.strictObject({ ...proofs, password: password.optional() }),
  answer: tokenResponse,
  maxBodyBytes: maxPasskeyBytes,
  failures: [
    ...tokenFailures,
    'factor_wrong',
    'passkey_wrong',
    'current_password_wrong',
    'step_up_required',
    'login_delayed',
    'busy',
    'user_gone',
    'session_ended',
  ],
  example: { body: { code: exampleTotpCode }, answer: exampleTokens },

  async handle({ body, runtime, principal, client, cookies }) {
    const grant = await stepUp(runtime, sessionOwnerOf(principal()), stepUpProofOf(body), client)
    return respondWithTokens(runtime, grant, cookies.sent ? cookies : undefined)
  },
})

function stepUpProofOf(
  body: Parameters<typeof proofOf>[0] & { readonly password?: Secret | undefined },
): StepUpProof {
  const factor = proofOf(body)
  if (factor && !body.password) return factor
  if (body.password && !body.code && !body.recovery_code && !body.passkey)
    return { kind: 'password', password: body.password }
  throw fail('body_invalid', { detail: 'send one of code, recovery_code, passkey and password' })
}
