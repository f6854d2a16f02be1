import * as z from 'zod'
import {
  passkeyOptions,
  secondStepOptions,
  signInWithPasskey,
} from '../../domain/authentication/sign-in-with-passkey.ts'
import { exampleSignIn, exampleTokens } from '../openapi/examples.ts'
import { route } from '../pipeline/route.ts'
import {
  exampleRequestOptions,
  exampleSignature,
  maxPasskeyBytes,
  passkeySignature,
  requestOptionsSchema,
} from './passkey-schemas.ts'
import { signInToken } from './schemas.ts'
import { signInResponder, tokenResponse, tokenFailures } from './token-response.ts'

// Signing in with a passkey: alone, or as the second step of a sign-in, which /login/factor completes.

/** Returns the options to sign in with a passkey. */
export const loginPasskeyOptions = route({
  method: 'POST',
  path: '/login/passkey/options',
  summary:
    'Get the options to sign in with a passkey with `navigator.credentials.get`, also with `mediation: "conditional"`; no user name is needed',
  limit: 'options-per-address', // each writes a row, which lives for ten minutes
  access: 'public',
  answer: requestOptionsSchema,
  failures: [],
  example: { answer: exampleRequestOptions },

  handle: ({ runtime }) => passkeyOptions(runtime),
})

/** Signs in with a passkey. */
export const loginPasskey = route({
  method: 'POST',
  path: '/login/passkey',
  summary:
    'Exchange the signature of a passkey for an access token and a refresh token; with `cookies` they are set as cookies, and the session of earlier cookies ends',
  limit: 'attempts-per-address',
  access: 'public',
  body: z.strictObject({ passkey: passkeySignature, cookies: z.boolean().optional() }),
  maxBodyBytes: maxPasskeyBytes,
  answer: tokenResponse,
  failures: [
    ...tokenFailures,
    'passkey_wrong',
    'credentials_wrong',
    'cookies_cross_site',
    'cookie_ambiguous',
  ],
  example: { body: { passkey: exampleSignature }, answer: exampleTokens },

  async handle({ body, runtime, client, cookies }) {
    const respond = signInResponder(runtime, { client, cookies }, body.cookies)
    return respond(await signInWithPasskey(runtime, body.passkey, client))
  },
})

/** Returns the options to complete a sign-in with a passkey. */
export const loginFactorOptions = route({
  method: 'POST',
  path: '/login/factor/options',
  summary:
    'Get the options to sign with a passkey in a sign-in that was answered with `factor_required`; send what `navigator.credentials.get` returns to /login/factor in `passkey`',
  limit: 'attempts-per-address',
  access: 'public',
  body: z.strictObject({ sign_in: signInToken }),
  maxBodyBytes: 1_024,
  answer: requestOptionsSchema,
  failures: ['sign_in_expired', 'factor_unknown'],
  example: { body: { sign_in: exampleSignIn }, answer: exampleRequestOptions },

  handle: ({ body, runtime }) => secondStepOptions(runtime, body.sign_in),
})
