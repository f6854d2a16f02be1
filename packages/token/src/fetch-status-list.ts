import { isAscii } from 'node:buffer'
import { fail } from './failures.ts'
import { createFetchDocument, type RequestOptions } from './fetch-document.ts'
import { assertOptions, type NamesOf } from './options.ts'
import { unknownMember } from './policy.ts'
import { maxStatusListLength } from './status-list-token.ts'

/** A Status List Token as its address answered with it: nothing of it is proven. */
export interface FetchedStatusList {
  readonly token: string | 'unchanged'
  readonly etag: string | undefined
}

const names = { fetch: true, timeout: true } as const satisfies NamesOf<RequestOptions>

/**
 * Prepares requests for the Status List Token at an address (draft-ietf-oauth-status-list, section 8.1): https, or http on this very machine;
 * no redirects, no credentials, limits in time and size. Tell the `etag` of the one in hand. Fails with `policy_invalid` for an
 * address that is not safe to ask, and its requests with `status_list_invalid` and the platform's errors.
 *
 * Only an address that a verified token names, and that its issuer may speak for.
 */
export function createFetchStatusList(
  uri: string,
  options: RequestOptions = {},
): (etag?: string) => Promise<FetchedStatusList> {
  assertOptions(options, names, unknownMember)
  const ask = createFetchDocument(uri, {
    what: 'the status list',
    types: ['application/statuslist+jwt'],
    maxBytes: maxStatusListLength,
    refused: (detail) => fail('status_list_invalid', { detail }),
    ...options,
  })
  return async (etag) => {
    const { bytes, etag: known } = await ask(etag)
    if (bytes === 'unchanged') return { token: 'unchanged', etag: known ?? etag }
    if (!isAscii(bytes)) throw fail('status_list_invalid', { detail: 'the answer is no token' })
    return { token: bytes.toString('latin1'), etag: known }
  }
}
