import type { z } from 'zod'

/** Development runs on this machine alone with sample users; production does not start with anything unsafe. */
export type Mode = 'development' | 'production'

/** One setting: how its text becomes a value, what it is for, and what it is when nobody sets it. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema
  readonly doc: string
  /** What the text looks like, for help and reference. */
  readonly form: string
  /** The text that is taken when nobody sets it; none: it must be set, or is optional by its schema. */
  readonly default: Readonly<Record<Mode, string | undefined>>
  /** Never shown, never taken as a flag; a file may hold it instead. */
  readonly secret: boolean
}

/** Settings under their names, by group. */
export type SettingGroups = Readonly<Record<string, Readonly<Record<string, Setting>>>>

/** Declares a setting. `fallback` is the text that is taken when nobody sets it, or one for each mode. */
export function setting<Schema extends z.ZodType>(
  schema: Schema,
  form: string,
  fallback: string | undefined | Readonly<Record<Mode, string | undefined>>,
  doc: string,
  { secret = false } = {},
): Setting<Schema> {
  const both =
    typeof fallback === 'object' ? fallback : { development: fallback, production: fallback }
  return { schema, form, default: both, doc, secret }
}
