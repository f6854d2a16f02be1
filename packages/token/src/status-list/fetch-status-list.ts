import { isAscii } from 'node:buffer'
import { fail, unknownMember } from '../failures.ts'
import { createFetchDocument, type RequestOptions } from '../lib/fetch-document.ts'
import { assertOptions, type NamesOf } from '../lib/options.ts'
import { maxStatusListLength } from './status-list-token.ts'

/** A Status List Token as it was fetched; it is not verified. */
export interface FetchedStatusList {
  readonly token: string | 'unchanged'
  readonly etag: string | undefined
}

const names = {
  fetch: true,
  timeout: true,
  allowInsecureHttp: true,
} as const satisfies NamesOf<RequestOptions>

/**
 * Prepares requests for the Status List Token at a URL (draft-ietf-oauth-status-list, section 8.1): https, or http on loopback;
 * without redirects and credentials, limited in time and size. Pass the `etag` of the cached list. Fails with `policy_invalid` for an
 * unsafe URL; its requests fail with `status_list_invalid` and the platform's errors.
 *
 * The URL must come from a verified token, and must be one that the token's issuer may use.
 */
export function createFetchStatusList(
  uri: string,
  options: RequestOptions = {},
): (etag?: string) => Promise<FetchedStatusList> {
  assertOptions(options, names, unknownMember)
  const request = createFetchDocument(uri, {
    what: 'the status list',
    types: ['application/statuslist+jwt'],
    maxBytes: maxStatusListLength,
    refused: (detail) => fail('status_list_invalid', { detail }),
    ...options,
  })
  return async (etag) => {
    const { bytes, etag: known } = await request(etag)
    if (bytes === 'unchanged') return { token: 'unchanged', etag: known ?? etag }
    if (!isAscii(bytes)) throw fail('status_list_invalid', { detail: 'the answer is not a token' })
    return { token: bytes.toString('latin1'), etag: known }
  }
}
