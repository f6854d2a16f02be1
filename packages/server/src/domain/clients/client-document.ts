import { isCountersignError } from '@countersign/token'
import { parseJsonObject, type Seconds } from '@countersign/token/internal'
import { parseApplication } from './application.ts'
import { parseClientKeys, type Client } from './client.ts'

// Client ID metadata documents (draft-ietf-oauth-client-id-metadata-document): an application that is registered nowhere has the URL of a document as
// its id, and the document says where its users return. Clients of MCP introduce themselves so.

const maxUrlLength = 512 // characters

/** The hosts whose documents are accepted, as `settings` name them: `any`, or a list with ports. */
export type DocumentHosts = 'any' | readonly string[]

/** Returns whether a client is one with a metadata document: the ids of this server never begin with `https://`. Pure. */
export function isDocumentClient({ id }: Pick<Client, 'id'>): boolean {
  return id.startsWith('https://')
}

/**
 * Judges whether a text can be the id of such a client (section 3): an https URL with a path, written as browsers write it, without dot segments, user
 * and fragment, of an accepted host. Pure.
 */
export function isDocumentUrl(text: string, hosts: DocumentHosts): boolean {
  if (text.length > maxUrlLength || !/^https:\/\/[\x21-\x7E]+$/.test(text)) return false
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.href !== text || url.pathname === '/' || /^[^?]*@|#/.test(text)) return false
  return hosts === 'any' || hosts.includes(url.host)
}

/**
 * Reads the client of a metadata document (section 4.1). Returns the client, or why it is refused. The name and the privileges that a document gives
 * itself are ignored: users see the host of its URL, and what it may ask for is a matter of the resources. Pure.
 */
export function parseClientDocument(url: string, text: string, now: Seconds): Client | string {
  const document = parseJsonObject(Buffer.from(text))
  if (!document) return 'document_no_json_object'
  if (document['client_id'] !== url) return 'client_id_differs'
  if (Object.keys(document).some((name) => name.startsWith('client_secret')))
    return 'document_has_secret'
  const { redirect_uris: uris, grant_types: grants, jwks, jwks_uri } = document
  const { token_endpoint_auth_method: method = 'none', response_types: types } = document
  if (!isTexts(uris) || uris.length === 0) return 'redirect_uris_unacceptable'
  if (grants !== undefined && !(isTexts(grants) && grants.includes('authorization_code')))
    return 'grant_types_unacceptable'
  if (types !== undefined && !(isTexts(types) && types.includes('code')))
    return 'response_types_unacceptable'
  const { dpop_bound_access_tokens_required: isBound = false } = document // RFC 9449, section 5.2
  if (typeof isBound !== 'boolean') return 'dpop_bound_unacceptable'
  const isPublic = method === 'none'
  if (!isPublic && method !== 'private_key_jwt') return 'auth_method_unacceptable'
  if (!isPublic && jwks_uri !== undefined) return 'jwks_uri_unsupported' // a second URL that this server would fetch
  const dpop = isBound ? 'required' : 'optional'
  const application = acceptable(() => parseApplication({ redirectUris: uris, isPublic, dpop }))
  if (!application) return 'redirect_uris_unacceptable'
  const keys = isPublic ? null : acceptable(() => parseClientKeys(jwks))
  if (keys === undefined) return 'jwks_unacceptable'
  return {
    id: url,
    name: url.slice('https://'.length), // begins with the host; a registered name has no slash
    grants: ['authorization_code'],
    scopes: [],
    resources: [],
    jwks: keys,
    trust: null,
    application,
    createdAt: now,
  }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function acceptable<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (isCountersignError(error) && error.code === 'client_unacceptable') return undefined
    throw error
  }
}
