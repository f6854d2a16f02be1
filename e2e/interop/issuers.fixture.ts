import { exportPrivateJwk, generateKey, toJwks, type SigningKey } from '@countersign/token'
import { importJWK, SignJWT, type JWK, type JWTHeaderParameters } from 'jose'

/** The current time of these tests. */
export const now = Math.floor(Date.now() / 1000)
/** The times of a good token. */
export const times = { iat: now, exp: now + 3600 }
const usualKey = generateKey('RS256')
const secondKey = generateKey('RS256')

export type Claims = Readonly<Record<string, unknown>>

/** The parts of a token in the form of some issuer. */
export interface TokenParts {
  readonly header?: Omit<JWTHeaderParameters, 'alg'> | undefined
  readonly claims: Claims
}

/** Signs a token with jose, with an RSA key unless the test names another. */
export async function sign(
  { header, claims }: TokenParts,
  key: SigningKey = usualKey,
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.algorithm, kid: key.id, ...header })
    .sign(await importJWK(exportPrivateJwk(key) as JWK, key.algorithm))
}

/** The documents of an issuer that differ from the usual. */
export interface IssuerDocuments {
  readonly key?: SigningKey | undefined
  /** True if its keys have no `alg`, as those of Entra ID. */
  readonly withoutAlg?: boolean | undefined
  /** The path of its key set, if it publishes no metadata. */
  readonly keysAt?: string | undefined
}

/** Creates a fetch that serves an issuer's OpenID Connect Discovery document and key set. */
function fetchOf(
  url: string,
  { key = usualKey, withoutAlg, keysAt }: IssuerDocuments,
): typeof fetch {
  const discovery = `${url.replace(/\/$/, '')}/.well-known/openid-configuration`
  const second = key.algorithm === 'RS256' ? secondKey : generateKey(key.algorithm)
  const { keys } = toJwks([key, second])
  const jwks = { keys: withoutAlg ? keys.map((jwk) => ({ ...jwk, alg: undefined })) : keys }
  const keysUrl = keysAt === undefined ? new URL('/keys', url).href : url + keysAt
  const documents: Readonly<Record<string, object>> = {
    ...(keysAt === undefined && { [discovery]: { issuer: url, jwks_uri: keysUrl } }),
    [keysUrl]: jwks,
  }
  return async (input) => {
    const document = documents[String(input instanceof Request ? input.url : input)]
    return document ? Response.json(document) : new Response('', { status: 404 })
  }
}

/** Replaces the network by an issuer of the guide while `work` runs. */
export async function withIssuer(
  url: string,
  work: () => Promise<void>,
  documents: IssuerDocuments = {},
): Promise<void> {
  const platform = globalThis.fetch
  globalThis.fetch = fetchOf(url, documents)
  try {
    await work()
  } finally {
    globalThis.fetch = platform
  }
}
