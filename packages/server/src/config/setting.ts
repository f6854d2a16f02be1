import type * as z from 'zod'

/** Development runs on this machine only, with a sample user; production refuses to start with unsafe settings. */
export type Mode = 'development' | 'production'

/** One setting: its schema, its documentation and its default. */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema
  readonly doc: string
  /** The form of the text, for help and reference: `DURATION`. */
  readonly form: string
  /** The text that applies if it is not set; undefined if it must be set, or is optional by its schema. */
  readonly default: Readonly<Record<Mode, string | undefined>>
  /** Never shown, and never accepted as a flag; a file may hold it. */
  readonly secret: boolean
}

/** Settings by group and name. */
export type SettingGroups = Readonly<Record<string, Readonly<Record<string, Setting>>>>

/** Declares a setting. `fallback` is the default text, or one for each mode. */
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
