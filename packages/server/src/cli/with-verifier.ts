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
import type { SessionLookup } from './judge-token.ts'
import { fail } from '../failures.ts'
import { readTextFile } from './read-file.ts'
import { withRuntime } from './with-runtime.ts'

/** Whose tokens are to be checked, as options say it. Empty text is not given. */
interface WhoseOptions {
  readonly issuer: string
  /** The file of a JWKS or of a public key in PEM. */
  readonly keys?: string
  readonly audience: string
  /** What a PEM key is for. */
  readonly algorithm?: string
}

/** Whose tokens are to be checked: those of somebody far away, or this server's own. */
export type Whose = Required<WhoseOptions> | 'this server'

/** Nothing given: this server's. An option that would count for nothing is refused. Fails with `argument_invalid`. */
export function whoseOf({ issuer, keys = '', audience, algorithm = '' }: WhoseOptions): Whose {
  const given = { '--keys': keys, '--audience': audience, '--algorithm': algorithm }
  const idle = Object.entries(given).find(([, text]) => text !== '' && issuer === '')
  if (idle) throw fail('argument_invalid', { detail: `${idle[0]} needs --issuer` })
  if (algorithm !== '' && keys === '')
    throw fail('argument_invalid', { detail: '--algorithm needs --keys' })
  return issuer === '' ? 'this server' : { issuer, keys, audience, algorithm }
}

/** A public algorithm by its name; ES256 where none is given. Fails with `argument_invalid`. */
export function algorithmOf(name: string): PublicAlgorithm {
  const known = publicAlgorithms.find((one) => one === (name || 'ES256'))
  if (known) return known
  throw fail('argument_invalid', {
    detail: `--algorithm must be one of ${publicAlgorithms.join(', ')}`,
  })
}

/**
 * Lets a command check tokens. Keys far away are looked up first; fails with `key_set_unavailable` when they do not come. With this
 * server's own tokens comes its runtime, in which their sessions can be looked up.
 */
export async function withVerifier(
  config: Config,
  whose: Whose,
  work: (verifier: Verifier, runtime?: SessionLookup) => Promise<void>,
): Promise<void> {
  if (whose === 'this server')
    return withRuntime(config, async (runtime) => {
      await runtime.issuer.reload()
      await work(runtime.issuer.verifier, runtime)
    })
  const { issuer, keys, audience, algorithm } = whose
  const set = keys === '' ? issuerKeySet(issuer) : keysIn(readTextFile(keys), algorithm)
  if ('refresh' in set) await set.refresh()
  const policy = { issuer, audience: audience || issuer, algorithms: publicAlgorithms, keys: set }
  return work(createVerifier(policy))
}

function keysIn(text: string, algorithm: string): KeySource | ReturnType<typeof issuerKeySet> {
  if (!text.trimStart().startsWith('{'))
    return localKeySet([importPublicKey(text, algorithmOf(algorithm))])
  const jwks = parseJsonObject(Buffer.from(text))
  if (!jwks) throw fail('argument_invalid', { detail: 'the file of --keys holds no JSON object' })
  return localKeySet(jwks as unknown as Jwks) // it looks at every member itself
}
