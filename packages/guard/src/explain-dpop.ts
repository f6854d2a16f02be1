import type { CountersignError } from '@countersign/token'
import {
  dpopChecks,
  toPrintableText,
  type Check,
  type DpopCheck,
} from '@countersign/token/internal'

/** The facts from which the checks of a bound token are explained. */
export interface ExplainedBinding {
  readonly cause: CountersignError | undefined
  /** True if the request has the scheme `DPoP`. */
  readonly isDpop: boolean
  /** True if the token and its proof are good. */
  readonly isAllowed: boolean
}

/** Explains the binding of a token to a key, and each check of its proof. Pure. */
export function bindingChecks(binding: ExplainedBinding): readonly Check[] {
  const { cause, isDpop } = binding
  if (cause?.code === 'token_unbound' || cause?.code === 'token_bound') {
    const name = 'confirmation (cnf)'
    const expected = isDpop ? 'jkt, and nothing else' : 'none, as in a bearer token'
    const found = cause.code === 'token_unbound' ? 'none' : toPrintableText(cause.facts['members'])
    const likelyCause = cause.code === 'token_unbound' ? unboundCause : boundCause
    return [{ name, verdict: 'failed', expected, found, likelyCause }]
  }
  return isDpop ? proofChecks(binding) : []
}

const boundCause =
  'a token that is bound to a key of its client, by DPoP (jkt) or a certificate (x5t#S256), was sent as a plain bearer token: it was stolen, or the client has to send it with the scheme DPoP and a proof'
const unboundCause =
  'a bearer token was sent with the scheme DPoP: the client has to send a proof with its request for tokens too'

const names = Object.keys(dpopChecks) as readonly DpopCheck[]

function proofChecks({ cause, isAllowed }: ExplainedBinding): readonly Check[] {
  const isProof = cause?.code === 'proof_invalid' || cause?.code === 'proof_nonce_required'
  if (!isProof && !isAllowed) return []
  const failed = isProof ? names.indexOf(cause.facts['check'] as DpopCheck) : names.length
  return names.map((check, at): Check => {
    const row = { name: `DPoP ${check}`, expected: dpopChecks[check] }
    if (at < failed) return { ...row, found: 'as expected', verdict: 'passed' }
    if (at > failed) return { ...row, found: 'unknown', verdict: 'not reached' }
    const { found, expected = dpopChecks[check] } = cause?.facts ?? {}
    return {
      name: row.name,
      expected: String(expected) || 'a URL of this application, which is unknown',
      found: toPrintableText(found),
      verdict: 'failed',
      likelyCause: causes[check],
    }
  })
}

const malformed = 'the client made something else than a proof of RFC 9449'
const causes: Readonly<Record<DpopCheck, string>> = {
  proof: 'the client sent no proof, or a proxy removed the header DPoP or added another one',
  typ: malformed,
  alg: malformed,
  jwk: malformed,
  signature: 'the proof was changed, or signed with another key than the one in its header',
  claims: malformed,
  htm: 'the proof is for another method',
  htu: 'the proof is for another URL, or clients reach this application at a URL that its guard does not know: set url of its dpop',
  iat: 'the clock of the client or of this server is wrong, or the proof was kept and sent later',
  ath: 'the proof is for another access token, often for the one before a refresh',
  jkt: 'the token was copied by a client with another key, or the client has made a new key since',
  nonce:
    'the first request of a client, or one after a minute or two: it repeats it with the nonce of the response',
  jti: 'the request was copied and sent again, or the client uses a proof more than once',
}
