import type { ProvenClaims } from '@countersign/token'
import { fail } from './failures.ts'

/**
 * A schema of any library that follows Standard Schema v1: zod, valibot, arktype and others. Only the part that a guard uses is declared
 * here, so that no library is needed.
 *
 * @example
 * import { createGuard, type ClaimsSchema } from '@countersign/guard'
 * import * as z from 'zod'
 *
 * const claims: ClaimsSchema<{ tenant: string }> = z.object({ tenant: z.string() })
 * export const guard = createGuard({ issuer: 'https://auth.example.com', audience: 'https://api.example.com', claims })
 */
export interface ClaimsSchema<C> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<C> | Promise<SchemaResult<C>>
    readonly types?: { readonly input: unknown; readonly output: C } | undefined
  }
}

type SchemaResult<C> =
  | { readonly value: C; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/**
 * Returns the claims in the form of the schema. Fails with `claims_invalid`, whose facts name the members that do not match and never a
 * value, and with `guard_invalid` for an asynchronous schema, because the guard decides synchronously.
 */
export function parseClaims<C>(claims: ProvenClaims, schema: ClaimsSchema<C>): C {
  const result = schema['~standard'].validate(claims)
  if (result instanceof Promise)
    throw fail('guard_invalid', { detail: 'its claims schema must be synchronous' })
  if (!result.issues) return result.value
  throw fail('claims_invalid', { facts: { members: result.issues.map(pathOf) } })
}

function pathOf({ path = [] }: SchemaIssue): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
}
