import { isCountersignError, type KeySource } from '@countersign/token'
import {
  createFetchStatusList,
  type StatusListVerifier,
  type VerifiedStatusList,
} from '@countersign/token/internal'

/** Whose lists are believed. */
export interface ListIssuer {
  readonly verifier: StatusListVerifier
  /** The issuer's keys; looked up anew for one that is not known. */
  readonly keys: Pick<KeySource, 'refresh'>
}

/**
 * Loads one list again and again; `unchanged` where that is `useful` and the copy loaded before is the newest. Fails with the codes of a
 * token and of a list.
 */
export function createLoadList(uri: string, issuer: ListIssuer, fetch: typeof globalThis.fetch) {
  const ask = createFetchStatusList(uri, { fetch })
  let etag: string | undefined
  return async (useful: boolean): Promise<VerifiedStatusList | 'unchanged'> => {
    const { token, etag: next } = await ask(useful ? etag : undefined)
    if (token === 'unchanged') return 'unchanged'
    const loaded = await believe(() => issuer.verifier.list(token, uri), issuer)
    etag = next // only of what could be used
    return loaded
  }
}

/** Reads what the issuer has signed; with a key that is not known yet, after one look at its key set. */
export async function believe<T>(read: () => T, { keys }: ListIssuer): Promise<T> {
  try {
    return read()
  } catch (error) {
    const lacksKey =
      isCountersignError(error) &&
      (error.code === 'key_unknown' || error.code === 'key_set_unavailable')
    if (!lacksKey || !keys.refresh) throw error
    await keys.refresh()
    return read()
  }
}
