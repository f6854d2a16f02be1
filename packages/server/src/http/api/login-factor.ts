import * as z from 'zod'
import { enrolInSignIn, proposeInSignIn } from '../../domain/authentication/enrol-in-sign-in.ts'
import { finishSignIn } from '../../domain/authentication/finish-sign-in.ts'
import type { ProposedTotp } from '../../domain/authentication/own-factors.ts'
import type { FactorProof } from '../../domain/factors/check-factor.ts'
import type { PasskeyResponse } from '../../domain/factors/passkey.ts'
import type { Secret } from '../../domain/kernel/secret.ts'
import { fail } from '../../failures.ts'
import {
  exampleRecoveryCodes,
  exampleSignIn,
  exampleTokens,
  exampleTotpCode,
  exampleTotpSecret,
  exampleTotpUri,
} from '../openapi/examples.ts'
import { route } from '../pipeline/route.ts'
import { maxPasskeyBytes, passkeySignature } from './passkey-schemas.ts'
import { recoveryCode, signInToken, totpCode } from './schemas.ts'
import { signInResponder, tokenResponse, tokenFailures } from './token-response.ts'

// The second step of a sign-in: a factor that the user has, or the first one of a user who must have one.

/** The members of a body that prove a second factor; exactly one of them is sent. */
export const proofs = {
  code: totpCode.optional(),
  recovery_code: recoveryCode.optional(),
  passkey: passkeySignature.optional(),
}

/** Returns what a body presents; `undefined` unless it is exactly one proof. */
export function proofOf(body: {
  readonly code?: Secret | undefined
  readonly recovery_code?: Secret | undefined
  readonly passkey?: PasskeyResponse | undefined
}): FactorProof | undefined {
  const { code, recovery_code, passkey } = body
  const sent: readonly FactorProof[] = [
    ...(code ? [{ kind: 'totp', code } as const] : []),
    ...(recovery_code ? [{ kind: 'recovery_code', code: recovery_code } as const] : []),
    ...(passkey ? [{ kind: 'passkey', response: passkey } as const] : []),
  ]
  return sent.length === 1 ? sent[0] : undefined
}

/** The second step of a sign-in. */
export const loginFactor = route({
  method: 'POST',
  path: '/login/factor',
  summary:
    'Complete a sign-in that was answered with `factor_required`: send its `sign_in` with `code`, the six digits of an authenticator application, with `recovery_code` or with `passkey`; with `cookies` the tokens are set as cookies',
  limit: 'attempts-per-address', // `checkFactor` also limits the wrong codes of a user
  access: 'public',
  body: z.strictObject({ sign_in: signInToken, ...proofs, cookies: z.boolean().optional() }),
  maxBodyBytes: maxPasskeyBytes,
  answer: tokenResponse,
  failures: [
    ...tokenFailures,
    'sign_in_expired',
    'factor_wrong',
    'passkey_wrong',
    'login_delayed',
    'cookies_cross_site',
    'cookie_ambiguous',
  ],
  example: {
    body: { sign_in: exampleSignIn, code: exampleTotpCode },
    answer: exampleTokens,
  },

  async handle({ body, runtime, client, cookies }) {
    const proof = proofOf(body)
    if (!proof)
      throw fail('body_invalid', { detail: 'send one of code, recovery_code and passkey' })
    const respond = signInResponder(runtime, { client, cookies }, body.cookies)
    return respond(await finishSignIn(runtime, body.sign_in, proof, client))
  },
})

/** A secret for an authenticator application. */
export const proposedTotp = z.strictObject({ secret: z.string(), uri: z.string() })

/** Converts a secret to {@link proposedTotp}. */
export function toProposedTotp({ secret, uri }: ProposedTotp): z.input<typeof proposedTotp> {
  return { secret: secret.reveal(), uri: uri.reveal() }
}

/** An example of {@link proposedTotp}. */
export const exampleProposed = { secret: exampleTotpSecret, uri: exampleTotpUri }

/** Recovery codes in a response. */
export const codes = z.array(z.string()).readonly()

/** Converts recovery codes to {@link codes}. */
export function toCodes(recoveryCodes: readonly Secret[]): z.input<typeof codes> {
  return recoveryCodes.map((one) => one.reveal())
}

/** A factor that was added: recovery codes, and the tokens of the session. */
export const addedFactor = z.strictObject({ recovery_codes: codes, tokens: tokenResponse })

/** An example of {@link addedFactor}. */
export const exampleAdded = { recovery_codes: exampleRecoveryCodes, tokens: exampleTokens }

/** Makes a secret for an authenticator application in a sign-in that must have a factor. */
export const loginTotp = route({
  method: 'POST',
  path: '/login/factor/totp',
  summary:
    'Make a secret for an authenticator application in a sign-in that was answered with `factor_enrolment_required`; `uri` is for a QR code',
  limit: 'attempts-per-address',
  access: 'public',
  body: z.strictObject({ sign_in: signInToken }),
  maxBodyBytes: 1_024,
  answer: proposedTotp,
  status: 201,
  failures: ['sign_in_expired', 'factor_required'],
  example: { body: { sign_in: exampleSignIn }, answer: exampleProposed },

  async handle({ body, runtime }) {
    return toProposedTotp(await proposeInSignIn(runtime, body.sign_in))
  },
})

/** Adds the authenticator application, and completes the sign-in. */
export const loginTotpConfirm = route({
  method: 'POST',
  path: '/login/factor/totp/confirm',
  summary:
    'Add the authenticator application with its first code, and complete the sign-in: returns the tokens, and ten recovery codes that are shown once',
  limit: 'attempts-per-address', // five wrong codes end the sign-in
  access: 'public',
  body: z.strictObject({ sign_in: signInToken, code: totpCode, cookies: z.boolean().optional() }),
  maxBodyBytes: 1_024,
  answer: addedFactor,
  failures: [
    ...tokenFailures,
    'sign_in_expired',
    'factor_required',
    'factor_not_proposed',
    'factor_wrong',
    'cookies_cross_site',
    'cookie_ambiguous',
  ],
  example: { body: { sign_in: exampleSignIn, code: exampleTotpCode }, answer: exampleAdded },

  async handle({ body, runtime, client, cookies }) {
    const respond = signInResponder(runtime, { client, cookies }, body.cookies)
    const { grant, recoveryCodes } = await enrolInSignIn(runtime, body.sign_in, body.code, client)
    return { recovery_codes: toCodes(recoveryCodes), tokens: await respond(grant) }
  },
})
