import type { Clock, ProvenClaims } from '@countersign/token'
import {
  assertOptions,
  createDpopNonces,
  judgeDpopProof,
  type NamesOf,
  type Seconds,
} from '@countersign/token/internal'
import type { RequestView } from './extract-token.ts'
import { fail, guardInvalid } from './failures.ts'
import { keepNewest } from './keep-newest.ts'

/**
 * The options of a guard for tokens that are bound to a key of their client (DPoP, RFC 9449).
 *
 * @example
 * import { createGuard, type DpopOptions } from '@countersign/guard'
 *
 * const dpop: DpopOptions = { url: 'https://example.com/api' } // a proxy removes /api
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', dpop })
 */
export interface DpopOptions {
  /**
   * The URL at which clients reach the application, or several; with the path that a proxy removes, if it does. Proofs must name it, and the `Host`
   * header is never read. Default: the origin of `resource.url`, or of each audience that is a URL.
   */
  readonly url?: string | readonly string[]
  /**
   * Requires a nonce in each proof, made from the time with this secret of at least 32 characters; give all processes the same. Then nothing can
   * make proofs for later. Clients repeat a request after a minute or two (`use_dpop_nonce`). Default: none is required.
   */
  readonly nonceSecret?: string
}

/** An accepted proof that is not recorded yet. */
interface AcceptedProof {
  readonly id: string
  readonly expiresAt: Seconds
}

/** The checks of proofs of one guard. */
export interface DpopChecks {
  /** Judges the proof of a request with a bound token. Fails with `token_bound`, `proof_invalid` and `proof_nonce_required`. */
  judge(request: RequestView, token: string, claims: ProvenClaims): AcceptedProof
  /** Records the use of a proof. Fails with `proof_invalid` if another request has used it. An explanation records nothing. */
  use(proof: AcceptedProof, request: RequestView, isExplained: boolean): void
  /** Returns the current nonce; `undefined` if none is required. */
  nonce(): string | undefined
}

const maxProofs = 100_000 // some 15 MB; those of a minute, at more requests than a process serves
const names = { url: true, nonceSecret: true } as const satisfies NamesOf<DpopOptions>
const minSecretLength = 32 // characters

/**
 * Creates the checks of proofs. Used ones are kept in this process: with several, a copied proof can be used once at each. Beyond 100,000 the oldest
 * are forgotten: to replay one of those, an attacker must get as many other requests admitted within the minute. Fails with `guard_invalid`.
 */
export function createDpop(
  options: DpopOptions = {},
  defaultUrls: readonly string[],
  clock: Clock,
): DpopChecks {
  assertOptions(options, names, (detail) => guardInvalid(`its dpop: ${detail}`))
  const { url = defaultUrls.flatMap(originOf), nonceSecret } = options
  const bases = (typeof url === 'string' ? [url] : url).map(parseBase)
  if (nonceSecret !== undefined && !(nonceSecret.length >= minSecretLength))
    throw guardInvalid(`nonceSecret of its dpop must have at least ${minSecretLength} characters`)
  const nonces = nonceSecret === undefined ? undefined : createDpopNonces(nonceSecret)
  const used = new Map<string, Seconds>() // until when
  const usedBy = new WeakMap<RequestView, string>() // a request may be checked more than once

  return {
    judge(request, token, claims) {
      const expected = {
        method: request.method,
        urls: bases.map((base) => `${base}${pathOf(request.url)}`),
        accessToken: token,
        thumbprint: thumbprintOf(claims),
        nonces: nonces?.at(clock.now()),
      }
      const judged = judgeDpopProof(request.header('dpop'), expected, clock.now())
      if (judged.accepted) return judged
      const { check, found } = judged
      const facts = { check, found, expected: judged.expected }
      throw fail(check === 'nonce' ? 'proof_nonce_required' : 'proof_invalid', { facts })
    },
    use({ id, expiresAt }, request, isExplained) {
      if (used.has(id) && usedBy.get(request) !== id)
        throw fail('proof_invalid', { facts: { check: 'jti', found: 'a used one' } })
      if (isExplained) return
      for (const [old, until] of used) {
        if (until > clock.now()) break
        used.delete(old)
      }
      usedBy.set(request, id)
      keepNewest(used, maxProofs, id, expiresAt)
    },
    nonce: () => nonces?.at(clock.now())[0],
  }
}

/**
 * Rejects a token that is not bound to exactly one key by its thumbprint (RFC 9449, section 7.1): under the scheme `DPoP` a plain one proves nothing,
 * and no other form of `cnf` is ignored.
 */
export function assertBoundToKey(claims: ProvenClaims): void {
  thumbprintOf(claims)
}

function thumbprintOf({ cnf }: ProvenClaims): string {
  if (cnf === undefined) throw fail('token_unbound')
  const members = typeof cnf === 'object' && cnf !== null ? Object.entries(cnf) : []
  const [[name, value] = []] = members
  if (members.length === 1 && name === 'jkt' && typeof value === 'string') return value
  throw fail('token_bound', { facts: { members: members.map(([one]) => one) } })
}

/** Returns the path of a request. Its host is what the client claims, so only the path of an absolute URL is used. */
function pathOf(url: string): string {
  const absolute = url.startsWith('/') ? `http://localhost${url}` : url
  return URL.canParse(absolute) ? new URL(absolute).pathname : ''
}

function originOf(text: string): readonly string[] {
  const isUrl = /^https?:\/\//i.test(text) && URL.canParse(text)
  return isUrl ? [new URL(text).origin] : []
}

function parseBase(text: string): string {
  const isUrl = typeof text === 'string' && /^https?:\/\/[^?#@\\\s]+$/.test(text)
  if (isUrl && URL.canParse(text)) return text.replace(/\/+$/, '')
  throw guardInvalid('url of its dpop must look like https://api.example.com')
}
