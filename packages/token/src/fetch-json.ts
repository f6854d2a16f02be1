import {
  createFetchDocument,
  type FetchDocumentOptions,
  type FetchedDocument,
} from './fetch-document.ts'
import { parseJsonObject, type JsonObject } from './json.ts'

/** The JSON object that an address answered with. */
export interface FetchedJson extends Pick<FetchedDocument, 'etag' | 'maxAge'> {
  readonly json: JsonObject | 'unchanged'
}

/** Asks for the document, telling the version that is known. Fails with what `refused` makes, and with the platform's errors. */
export type FetchJson = (etag?: string) => Promise<FetchedJson>

const types = ['application/jwk-set+json', 'application/json']
const maxBytes = 512 * 1024 // several hundred keys; an issuer has a handful
const maxMembers = 8192 // in the whole document, certificates among them

/** Prepares requests for one JSON object, on the terms of {@link createFetchDocument}. */
export function createFetchJson(
  address: string | URL,
  options: Omit<FetchDocumentOptions, 'types' | 'maxBytes'>,
): FetchJson {
  const ask = createFetchDocument(address, { ...options, types, maxBytes })
  return async (etag) => {
    const { bytes, ...kept } = await ask(etag)
    if (bytes === 'unchanged') return { ...kept, json: 'unchanged' }
    const json = parseJsonObject(bytes, maxMembers)
    if (!json) throw options.refused('the answer is not one strict JSON object')
    return { ...kept, json }
  }
}
