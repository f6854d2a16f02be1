import type { ProvenClaims } from '@countersign/token'
import { fail } from './failures.ts'

/**
 * A schema of any library that follows Standard Schema v1: zod, valibot, arktype and others. Written down here, so that none of
 * them is needed. Only what a guard uses of it.
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
 * The claims in the schema's form. Fails with `claims_unfit`, whose facts name the members that do not fit and never a value, and
 * with `guard_invalid` for a schema that waits for something: claims are all in hand.
 */
export function parseClaims<C>(claims: ProvenClaims, schema: ClaimsSchema<C>): C {
  const result = schema['~standard'].validate(claims)
  if (result instanceof Promise)
    throw fail('guard_invalid', { detail: 'its claims schema must answer at once' })
  if (!result.issues) return result.value
  throw fail('claims_unfit', { facts: { members: result.issues.map(pathOf) } })
}

function pathOf({ path = [] }: SchemaIssue): string {
  return path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
}
