import * as z from 'zod'
import type { NewPasskeyResponse, Passkey, PasskeyResponse } from '../../domain/factors/passkey.ts'
import { exampleTime, exampleUserId } from '../openapi/examples.ts'

// Passkeys in requests and responses, as browsers write and read them: `PublicKeyCredential.toJSON()` and the static
// `parseCreationOptionsFromJSON()` (WebAuthn Level 3, section 5.1). Members that browsers add are dropped.

const base64url = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^[\w-]+$/)

const credentialId = base64url(1_364) // 1,023 bytes (WebAuthn Level 3, section 5.8.3)

const transportNames = ['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal'] as const

/** A passkey that a browser has just made. */
export const newPasskey = z
  .object({
    id: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url(4_096),
      attestationObject: base64url(16_384),
      transports: z.array(z.string().max(32)).max(16).optional(),
    }),
  })
  .transform(({ id, response }): NewPasskeyResponse => {
    const named = new Set(response.transports)
    return {
      credentialId: id,
      clientData: response.clientDataJSON,
      attestation: response.attestationObject,
      transports: transportNames.filter((one) => named.has(one)), // a browser gets back what it knows
    }
  })

/** The signature of a passkey. */
export const passkeySignature = z
  .object({
    id: credentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: base64url(4_096),
      authenticatorData: base64url(4_096),
      signature: base64url(2_048),
      userHandle: base64url(86).nullish(), // 64 bytes
    }),
  })
  .transform(({ id, response }): PasskeyResponse => {
    return {
      credentialId: id,
      clientData: response.clientDataJSON,
      authenticatorData: response.authenticatorData,
      signature: response.signature,
      userHandle: response.userHandle ?? undefined,
    }
  })

/** The maximum size of a body with a passkey. */
export const maxPasskeyBytes = 32_768

const descriptor = z.strictObject({
  type: z.literal('public-key'),
  id: z.string(),
  transports: z.array(z.string()).readonly(),
})

/** The options to make a passkey, for `navigator.credentials.create`. */
export const creationOptionsSchema = z.strictObject({
  challenge: z.string(),
  rp: z.strictObject({ id: z.string(), name: z.string() }),
  user: z.strictObject({ id: z.string(), name: z.string(), displayName: z.string() }),
  pubKeyCredParams: z
    .array(z.strictObject({ type: z.literal('public-key'), alg: z.int() }))
    .readonly(),
  timeout: z.int(),
  excludeCredentials: z.array(descriptor).readonly(),
  authenticatorSelection: z.strictObject({
    residentKey: z.literal('required'),
    requireResidentKey: z.literal(true),
    userVerification: z.literal('required'),
  }),
  attestation: z.literal('none'),
})

/** The options to sign with a passkey, for `navigator.credentials.get`. */
export const requestOptionsSchema = z.strictObject({
  challenge: z.string(),
  rpId: z.string(),
  timeout: z.int(),
  allowCredentials: z.array(descriptor).readonly(),
  userVerification: z.literal('required'),
})

/** A passkey in a response to its user. */
export const passkeySchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  synced: z.boolean(),
  created_at: z.int(),
  last_used_at: z.int().nullable(),
})

/** Converts a passkey to {@link passkeySchema}. */
export function toPasskeyResponse(passkey: Passkey): z.input<typeof passkeySchema> {
  const { id, name, synced, createdAt, lastUsedAt } = passkey
  return { id, name, synced, created_at: createdAt, last_used_at: lastUsedAt }
}

const exampleCredentialId = 'Zm9yIHJlYWRlcnMgb25seQ'
const exampleChallenge = 'bm90IHJhbmRvbSwgc28gbm90IGEgY2hhbGxlbmdlIQ'

/** Examples of the schemas above. */
export const examplePasskey = {
  id: 'p_Xk3LmNpRs8XzA1g5cTq0Wg',
  name: 'Telephone',
  synced: true,
  created_at: exampleTime,
  last_used_at: null,
} as const

export const exampleNewPasskey = {
  id: exampleCredentialId,
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0',
    attestationObject: 'o2NmbXRkbm9uZQ',
    transports: ['internal', 'hybrid'],
  },
} as const satisfies z.input<typeof newPasskey>

export const exampleSignature = {
  id: exampleCredentialId,
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
    authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2M',
    signature: 'MEQCIGVYYW1wbGU',
    userHandle: Buffer.from(exampleUserId).toString('base64url'),
  },
} as const satisfies z.input<typeof passkeySignature>

export const exampleCreationOptions = {
  challenge: exampleChallenge,
  rp: { id: 'auth.example.com', name: 'auth.example.com' },
  user: { id: exampleSignature.response.userHandle, name: 'ada', displayName: 'ada' },
  pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  timeout: 600_000,
  excludeCredentials: [],
  authenticatorSelection: {
    residentKey: 'required',
    requireResidentKey: true,
    userVerification: 'required',
  },
  attestation: 'none',
} as const satisfies z.input<typeof creationOptionsSchema>

export const exampleRequestOptions = {
  challenge: exampleChallenge,
  rpId: 'auth.example.com',
  timeout: 600_000,
  allowCredentials: [],
  userVerification: 'required',
} as const satisfies z.input<typeof requestOptionsSchema>
