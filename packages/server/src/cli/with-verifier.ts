import {
  createVerifier,
  importPublicKey,
  issuerKeySet,
  localKeySet,
  type Jwks,
  type KeySource,
  type Verifier,
} from '@countersign/token'
import {
  parseJsonObject,
  publicAlgorithms,
  type PublicAlgorithm,
} from '@countersign/token/internal'
import type { Config } from '../config/settings.ts'
import { fail } from '../failures.ts'
import { readTextFile } from './read-input.ts'
import { withRuntime, type CommandRuntime } from './with-runtime.ts'

/** The options that name the issuer of a token. */
interface IssuerOptions {
  readonly issuer: string | undefined
  /** The file of a JWKS, or of a public key in PEM. */
  readonly keys?: string | undefined
  readonly audience: string | undefined
  /** The algorithm of a PEM key. */
  readonly algorithm?: string | undefined
}

/** The issuer whose tokens are checked: another one; without `issuer` this server, and then `audience` may name one of its resources. */
export type TokenIssuer =
  | (IssuerOptions & { readonly issuer: string })
  | { readonly issuer: undefined; readonly audience: string | undefined }

/** Returns the issuer that the options name; without `issuer` this server. Refuses an option that has no effect. Fails with `argument_invalid`. */
export function tokenIssuerOf({ issuer, keys, audience, algorithm }: IssuerOptions): TokenIssuer {
  const needsIssuer = { '--keys': keys, '--algorithm': algorithm }
  const idle = Object.entries(needsIssuer).find(([, text]) => text !== undefined)
  if (issuer === undefined && idle)
    throw fail('argument_invalid', { detail: `${idle[0]} needs --issuer` })
  if (algorithm !== undefined && keys === undefined)
    throw fail('argument_invalid', { detail: '--algorithm needs --keys' })
  return issuer === undefined ? { issuer, audience } : { issuer, keys, audience, algorithm }
}

/** Returns a public algorithm by its name; ES256 without one. Fails with `argument_invalid`. */
export function algorithmOf(name = 'ES256'): PublicAlgorithm {
  const known = publicAlgorithms.find((one) => one === name)
  if (known) return known
  throw fail('argument_invalid', {
    detail: `--algorithm must be one of ${publicAlgorithms.join(', ')}`,
  })
}

/**
 * Runs a command's work with a verifier, which expects the type `tokens.type`. Fetches the keys of another issuer first, and fails with `key_set_unavailable` when that fails. For
 * this server's own tokens the work also gets the runtime, to look up whether they were revoked.
 */
export async function withVerifier(
  config: Config,
  tokenIssuer: TokenIssuer,
  work: (verifier: Verifier, runtime?: CommandRuntime) => Promise<void>,
): Promise<void> {
  if (tokenIssuer.issuer === undefined) {
    const { audience } = tokenIssuer
    return withRuntime(config, async (runtime) => {
      await runtime.issuer.reload()
      const { verifier, verifierFor } = runtime.issuer
      await work(audience === undefined ? verifier : verifierFor([audience]), runtime)
    })
  }
  const { issuer, keys, audience = issuer, algorithm } = tokenIssuer
  const set = keys === undefined ? issuerKeySet(issuer) : keysIn(readTextFile(keys), algorithm)
  if ('refresh' in set) await set.refresh()
  const type = config.tokens.type === 'JWT' ? { type: config.tokens.type } : {}
  return work(
    createVerifier({ issuer, audience, algorithms: publicAlgorithms, keys: set, ...type }),
  )
}

function keysIn(
  text: string,
  algorithm: string | undefined,
): KeySource | ReturnType<typeof issuerKeySet> {
  if (!text.trimStart().startsWith('{'))
    return localKeySet([importPublicKey(text, algorithmOf(algorithm))])
  const jwks = parseJsonObject(Buffer.from(text))
  if (!jwks) throw fail('argument_invalid', { detail: 'the file of --keys holds no JSON object' })
  return localKeySet(jwks as unknown as Jwks) // it checks every member itself
}
