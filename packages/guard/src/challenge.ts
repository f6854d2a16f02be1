import { guardFailures, type RefusalCode } from './failures.ts'
import type { Need } from './need.ts'

/** Characters that a challenge's value may hold (RFC 6750, section 3); everything else is left out. */
const unquotable = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g

/**
 * The `WWW-Authenticate` header of a refusal (RFC 6750, section 3). A request without credentials gets the scheme and
 * the realm alone, without an error code (section 3.1).
 */
export function toChallenge(code: RefusalCode, realm: string | undefined, need: Need = {}): string {
  const entry: { readonly challenge?: string; readonly message: string } = guardFailures[code]
  const { challenge, message } = entry
  const scopes = need.scopes ?? []
  const parameters = [
    ...(realm === undefined ? [] : [quoted('realm', realm)]),
    ...(challenge === undefined
      ? []
      : [quoted('error', challenge), quoted('error_description', message)]),
    ...(code === 'scope_missing' ? [quoted('scope', scopes.join(' '))] : []),
  ]
  return parameters.length === 0 ? 'Bearer' : `Bearer ${parameters.join(', ')}`
}

function quoted(name: string, value: string): string {
  return `${name}="${value.replace(unquotable, '')}"`
}
