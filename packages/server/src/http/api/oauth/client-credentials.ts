import { Secret } from '../../../domain/kernel/secret.ts'
import type { ClientCredentials } from '../../../domain/machines/authenticate-client.ts'
import { fail } from '../../../failures.ts'

/** The parameters of a body with which a client authenticates (RFC 6749, section 2.3.1; RFC 7521, section 4.2). */
export interface ClientParameters {
  readonly client_id?: string | undefined
  readonly client_secret?: Secret | undefined
  readonly client_assertion_type?: string | undefined
  readonly client_assertion?: Secret | undefined
}

/** The methods with which clients authenticate, as the metadata name them (RFC 7591, section 2). */
export const clientAuthMethods = ['client_secret_basic', 'client_secret_post', 'private_key_jwt']

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A client that says who it is and proves nothing: a public one (method `none`, RFC 7591, section 2). */
export interface ClaimedClient {
  readonly kind: 'none'
  readonly id: string | undefined
}

/**
 * Returns the credentials of the client of a request. A Basic header without a secret is none: RFC 6749, section 2.3.1, lets clients leave out a secret
 * that is empty, and libraries such as that of oidc-agent send the header for public clients too. Fails with `parameter_invalid` for more than one method (RFC
 * 6749, section 2.3), and for a method that is unknown or incomplete.
 */
export function clientCredentialsOf(
  request: Request,
  body: ClientParameters,
): ClientCredentials | ClaimedClient {
  const header = request.headers.get('authorization')
  const { client_id, client_secret, client_assertion, client_assertion_type } = body
  const hasAssertion = client_assertion !== undefined || client_assertion_type !== undefined
  const methods = [header !== null, client_secret !== undefined, hasAssertion].filter(Boolean)
  if (methods.length > 1)
    throw fail('parameter_invalid', { detail: 'the client authenticates by more than one method' })
  if (header !== null) return basicOf(header, client_id)
  if (hasAssertion) {
    if (client_assertion === undefined || client_assertion_type !== assertionType)
      throw fail('parameter_invalid', { detail: 'client_assertion_type is unknown or missing' })
    return { kind: 'assertion', id: client_id, assertion: client_assertion }
  }
  if (client_secret === undefined) return { kind: 'none', id: client_id }
  if (client_id === undefined) throw fail('parameter_invalid', { detail: 'client_id is missing' })
  return { kind: 'secret', id: client_id, secret: client_secret }
}

/** Reads the Authorization header: id and secret are form-encoded, and then joined (RFC 6749, section 2.3.1). */
function basicOf(header: string, clientId: string | undefined): ClientCredentials | ClaimedClient {
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(header) ?? []
  const text = Buffer.from(encoded, 'base64').toString('latin1')
  const colon = text.indexOf(':')
  const [id, secret] = [text.slice(0, colon), text.slice(colon + 1)].map(decode)
  const isText = id !== undefined && /^[\x20-\x7E]+$/.test(id)
  if (colon < 1 || !isText || secret === undefined || (clientId ?? id) !== id)
    throw fail('client_unauthenticated', { facts: { problem: 'authorization_malformed' } })
  return secret === '' ? { kind: 'none', id } : { kind: 'secret', id, secret: new Secret(secret) }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
