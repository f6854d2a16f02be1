import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { userHandleOf } from './passkey.ts'

/** The members in which the response of a browser, made for a test, differs from the honest one. */
export interface Ceremony {
  readonly origin?: string
  readonly rpId?: string
  readonly crossOrigin?: boolean
  readonly type?: string
  /** The flags of the authenticator data: present 1, verified 4, backed up 8 and 16. */
  readonly flags?: number
  readonly counter?: number
  readonly userHandle?: string | undefined
}

const present = 0x01
const verified = 0x04
const synced = 0x08 | 0x10
const attested = 0x40

const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest()

/** An authenticator in memory with one passkey, and the browser around it: an ES256 key that signs what a test wants signed. */
export function createAuthenticator({
  origin,
  userId,
  counting = true,
}: {
  readonly origin: string
  readonly userId: string
  readonly counting?: boolean
}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const id = randomBytes(16)
  let count = 0

  const clientDataOf = (type: string, challenge: string, ceremony: Ceremony) => {
    const { crossOrigin = false } = ceremony
    const data = { type: ceremony.type ?? type, challenge, crossOrigin }
    return Buffer.from(JSON.stringify({ ...data, origin: ceremony.origin ?? origin }))
  }
  const dataOf = (flags: number, { rpId, counter }: Ceremony) => {
    if (counting) count += 1
    const bytes = Buffer.alloc(5)
    bytes.writeUInt8(flags)
    bytes.writeUInt32BE(counter ?? count, 1)
    return Buffer.concat([sha256(rpId ?? new URL(origin).hostname), bytes])
  }

  return {
    credentialId: id.toString('base64url'),

    /** Makes the passkey: what `navigator.credentials.create()` returns as JSON. */
    create({ challenge }: { readonly challenge: string }, ceremony: Ceremony = {}) {
      const flags = (ceremony.flags ?? present | verified | synced) | attested
      const size = Buffer.from([0, id.length])
      const key = coseKey(publicKey.export({ format: 'jwk' }))
      const data = Buffer.concat([dataOf(flags, ceremony), Buffer.alloc(16), size, id, key])
      const clientData = clientDataOf('webauthn.create', challenge, ceremony)
      return {
        id: id.toString('base64url'),
        type: 'public-key' as const,
        response: {
          clientDataJSON: clientData.toString('base64url'),
          attestationObject: attestationOf(data).toString('base64url'),
          transports: ['internal'],
        },
      }
    },

    /** Signs with the passkey: what `navigator.credentials.get()` returns as JSON. */
    get({ challenge }: { readonly challenge: string }, ceremony: Ceremony = {}) {
      const data = dataOf(ceremony.flags ?? present | verified | synced, ceremony)
      const clientData = clientDataOf('webauthn.get', challenge, ceremony)
      const signature = sign('sha256', Buffer.concat([data, sha256(clientData)]), privateKey)
      const userHandle = 'userHandle' in ceremony ? ceremony.userHandle : userHandleOf(userId)
      return {
        id: id.toString('base64url'),
        type: 'public-key' as const,
        response: {
          clientDataJSON: clientData.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle,
        },
      }
    },
  }
}

/** An authenticator in memory. */
export type Authenticator = ReturnType<typeof createAuthenticator>

/** Encodes an ES256 key as COSE (RFC 9053, section 7.1.1): a CBOR map of 1: 2, 3: -7, -1: 1, -2: x, -3: y. */
function coseKey({ x = '', y = '' }: { readonly x?: string; readonly y?: string }): Buffer {
  const head = Buffer.from('a5010203262001215820', 'hex')
  const parts = [head, Buffer.from(x, 'base64url'), Buffer.from('225820', 'hex')]
  return Buffer.concat([...parts, Buffer.from(y, 'base64url')])
}

/** Encodes an attestation object without a statement: a CBOR map of `fmt`, `attStmt` and `authData`. */
function attestationOf(data: Buffer): Buffer {
  const cborText = (text: string) =>
    Buffer.concat([Buffer.from([0x60 + text.length]), Buffer.from(text)])
  const size = Buffer.from([0x58, data.length])
  const none = [cborText('fmt'), cborText('none'), cborText('attStmt'), Buffer.from([0xa0])]
  return Buffer.concat([Buffer.from([0xa3]), ...none, cborText('authData'), size, data])
}
