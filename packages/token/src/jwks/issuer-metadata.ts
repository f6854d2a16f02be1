import { fail } from '../failures.ts'
import { isCountersignError, type CountersignError } from '../lib/error.ts'
import { createFetchJson, type RequestOptions } from '../lib/fetch-document.ts'
import type { JsonObject } from '../lib/json.ts'
import { isLoopback } from '../lib/loopback.ts'
import { toPrintableText } from '../lib/printable-text.ts'
import { smallDifference } from '../lib/small-difference.ts'

/** The metadata of an issuer, which name exactly that issuer. */
export interface IssuerMetadata {
  /** Returns the URL in a member. Fails with `metadata_invalid` if there is none, or one that this issuer may not name. */
  urlIn(member: string): string
  /** Returns the text in a member; empty if there is none. */
  textIn(member: string): string
}

/**
 * Prepares requests for the metadata of an issuer (RFC 8414, or else OpenID Connect Discovery). They fail with `metadata_invalid`, with
 * `issuer_mismatch` for metadata that name another issuer (RFC 8414, section 3.3), and with the platform's errors. Fails with
 * `policy_invalid` for an issuer that is not an https URL (or http on loopback or at `allowInsecureHttp`), or has a query.
 */
export function createFetchMetadata(
  issuer: string,
  options: RequestOptions = {},
): () => Promise<IssuerMetadata> {
  const sources = metadataUrlsOf(issuer).map((address) => metadataAt(address, issuer, options))
  return () => firstAnswer(sources)
}

/**
 * Returns the metadata URLs of an issuer. The well-known part comes before the path in RFC 8414, section 3.1, and after it in OpenID Connect; and
 * after it for an issuer behind a proxy that forwards only its path, and removes it.
 */
function metadataUrlsOf(issuer: string): readonly string[] {
  if (!URL.canParse(issuer) || /[?#]/.test(issuer) || new URL(issuer).username !== '')
    throw fail('policy_invalid', { detail: 'the issuer must be a URL without query and fragment' })
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
    ...(path === '' ? [] : [`${origin}${path}/.well-known/oauth-authorization-server`]),
  ]
}

const refused = (detail: string) => fail('metadata_invalid', { detail })

/** Makes a function that fetches the metadata at one URL. */
function metadataAt(address: string, issuer: string, options: RequestOptions) {
  const { fetch, timeout, allowInsecureHttp } = options
  const requestOptions = { fetch, timeout, allowInsecureHttp }
  const request = createFetchJson(address, { what: 'the issuer', refused, ...requestOptions })
  return async (): Promise<IssuerMetadata> => {
    const { json } = await request()
    const metadata: JsonObject = json === 'unchanged' ? {} : json
    if (metadata['issuer'] !== issuer) throw issuerMismatch(issuer, metadata['issuer'])
    return {
      urlIn(member) {
        const at = metadata[member]
        if (typeof at !== 'string') throw refused(`its member ${member} is not a URL`)
        // otherwise a remote issuer could direct a request at this machine
        if (/^http:/i.test(at) && !mayNameHttp(issuer, at, allowInsecureHttp))
          throw refused(`its ${member} must be an https URL`)
        return at
      },
      textIn(member) {
        const text = metadata[member]
        return typeof text === 'string' ? text : ''
      },
    }
  }
}

/** Returns whether an issuer may name an http URL: one on this machine may, and any other only at the allowed origin. */
function mayNameHttp(issuer: string, at: string, allowed: string | undefined): boolean {
  const { protocol, hostname } = new URL(issuer)
  if (protocol === 'http:' && isLoopback(hostname)) return true
  return URL.canParse(at) && new URL(at).origin === allowed
}

/** Creates the failure of metadata that name another issuer. Its message quotes both names, because the operator must compare them. */
function issuerMismatch(expected: string, named: unknown) {
  const found = toPrintableText(named)
  const likelyCause =
    smallDifference(named, [expected]) ??
    'these are the metadata of another issuer, or the settings name its address instead of its name'
  return fail('issuer_mismatch', {
    facts: { address: expected, expected, found, likelyCause },
    detail: `expected ${expected}, found ${found}: ${likelyCause}`,
  })
}

/** Returns whether metadata named another issuer. */
export function isMismatch(error: unknown): error is CountersignError {
  return isCountersignError(error) && error.code === 'issuer_mismatch'
}

/** Returns the first answer. If there is none, throws the failure that says most: another name, or else the first that is not a 404. */
async function firstAnswer(
  sources: readonly (() => Promise<IssuerMetadata>)[],
): Promise<IssuerMetadata> {
  const errors: unknown[] = []
  for (const source of sources) {
    try {
      return await source()
    } catch (error) {
      errors.push(error)
    }
  }
  throw (
    errors.find(isMismatch) ??
    errors.find((error) => !isCountersignError(error) || !/status 404/.test(error.message)) ??
    errors[0]
  )
}
