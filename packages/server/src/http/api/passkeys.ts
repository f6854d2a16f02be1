import * as z from 'zod'
import {
  addPasskey,
  proposePasskey,
  removePasskey,
  renamePasskey,
} from '../../domain/authentication/own-passkeys.ts'
import { stepUpOptions } from '../../domain/authentication/sign-in-with-passkey.ts'
import { examplePassword } from '../openapi/examples.ts'
import { ownerOf, sessionOwnerOf } from '../pipeline/access.ts'
import { noContent, route } from '../pipeline/route.ts'
import { change, changeFailures, removalFailures } from './factors.ts'
import { addedFactor, exampleAdded, toCodes } from './login-factor.ts'
import {
  creationOptionsSchema,
  exampleCreationOptions,
  exampleNewPasskey,
  examplePasskey,
  exampleRequestOptions,
  maxPasskeyBytes,
  newPasskey,
  requestOptionsSchema,
} from './passkey-schemas.ts'
import { password } from './schemas.ts'
import { respondWithTokens, tokenFailures } from './token-response.ts'

// A user's own passkeys. `GET /me/factors` lists them.

const name = z.string().min(1).max(128)

/** Returns the options to make a passkey. */
export const passkeyOptionsRoute = route({
  ...change,
  method: 'POST',
  path: '/me/factors/passkeys/options',
  summary:
    'Get the options to make a passkey with `navigator.credentials.create`; send what it returns to /me/factors/passkeys within ten minutes',
  body: z.strictObject({ current_password: password }),
  answer: creationOptionsSchema,
  failures: [...changeFailures, 'passkeys_too_many'],
  example: { body: { current_password: examplePassword }, answer: exampleCreationOptions },

  async handle({ body, runtime, principal, client }) {
    return proposePasskey(runtime, ownerOf(principal(), body.current_password, client))
  },
})

/** Adds a passkey. */
export const addPasskeyRoute = route({
  ...change,
  method: 'POST',
  path: '/me/factors/passkeys',
  summary:
    'Add the passkey that the browser has made; ends all other sessions, and returns new tokens for this one and, with the first factor, ten recovery codes',
  body: z.strictObject({ name, passkey: newPasskey }),
  maxBodyBytes: maxPasskeyBytes,
  answer: addedFactor.extend({ id: z.string() }),
  status: 201,
  failures: [
    ...tokenFailures,
    'passkey_name_unacceptable',
    'passkey_wrong',
    'passkeys_too_many',
    'user_gone',
    'session_ended',
  ],
  example: {
    body: { name: examplePasskey.name, passkey: exampleNewPasskey },
    answer: { id: examplePasskey.id, ...exampleAdded },
  },

  async handle({ body, runtime, principal, client, cookies }) {
    const made = { name: body.name, response: body.passkey }
    const added = await addPasskey(runtime, sessionOwnerOf(principal()), made, client)
    return {
      id: added.id,
      recovery_codes: toCodes(added.recoveryCodes),
      tokens: await respondWithTokens(runtime, added.grant, cookies.sent ? cookies : undefined),
    }
  },
})

/** Renames a passkey. */
export const renamePasskeyRoute = route({
  ...change,
  method: 'PATCH',
  path: '/me/factors/passkeys/:id',
  summary: 'Give a passkey another name',
  body: z.strictObject({ name }),
  answer: noContent,
  failures: ['passkey_name_unacceptable', 'factor_unknown', 'user_gone', 'session_ended'],
  example: { params: { id: examplePasskey.id }, body: { name: 'Security key' }, answer: undefined },

  async handle({ params, body, runtime, principal, client }) {
    const named = { id: params.id, name: body.name }
    await renamePasskey(runtime, sessionOwnerOf(principal()), named, client)
    return undefined
  },
})

/** Removes a passkey. */
export const removePasskeyRoute = route({
  ...change,
  method: 'DELETE',
  path: '/me/factors/passkeys/:id',
  summary: 'Remove a passkey, and with the last factor the recovery codes',
  body: z.strictObject({ current_password: password }),
  answer: noContent,
  failures: removalFailures,
  example: {
    params: { id: examplePasskey.id },
    body: { current_password: examplePassword },
    answer: undefined,
  },

  async handle({ params, body, runtime, principal, client }) {
    const owner = ownerOf(principal(), body.current_password, client)
    await removePasskey(runtime, owner, params.id)
    return undefined
  },
})

/** Returns the options to step up with a passkey. */
export const stepUpOptionsRoute = route({
  ...change,
  method: 'POST',
  path: '/me/step-up/options',
  summary:
    'Get the options to sign with a passkey with `navigator.credentials.get`; send what it returns to /me/step-up in `passkey`',
  answer: requestOptionsSchema,
  failures: ['factor_unknown', 'user_gone', 'session_ended'],
  example: { answer: exampleRequestOptions },

  async handle({ runtime, principal }) {
    return stepUpOptions(runtime, sessionOwnerOf(principal()))
  },
})
