import type { z } from 'zod'
import type { Mode, Setting } from './setting.ts'
import { network } from './settings/network.ts'
import { operation } from './settings/operation.ts'
import { people } from './settings/people.ts'
import { sessions } from './settings/sessions.ts'
import { storage } from './settings/storage.ts'

/**
 * LIST 2: every setting, by topic in `settings/`. `tokens.lifetime` is that in the file, COUNTERSIGN_TOKENS_LIFETIME and --tokens-lifetime
 * elsewhere.
 */
export const settings = { ...network, ...storage, ...sessions, ...people, ...operation } as const

type Settings = typeof settings

/** Every setting's value, and the mode that decided the defaults. */
export type Config = {
  readonly [Group in keyof Settings]: {
    readonly [Name in keyof Settings[Group]]: Settings[Group][Name] extends Setting<infer S>
      ? z.output<S>
      : never
  }
} & { readonly mode: Mode }

/** A setting under its three names. */
export interface NamedSetting {
  readonly group: string
  readonly name: string
  /** In a file: `tokens.lifetime`. */
  readonly key: string
  /** In the environment: `COUNTERSIGN_TOKENS_LIFETIME`. */
  readonly variable: string
  /** On the command line: `tokens-lifetime`. */
  readonly flag: string
  readonly setting: Setting
}

/** The list, flat, each setting with the names that follow from its place. */
export const namedSettings: readonly NamedSetting[] = Object.entries(settings).flatMap(
  ([group, members]) =>
    Object.entries(members).map(([name, one]: [string, Setting]) => {
      const key = `${group}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
      const variable = `COUNTERSIGN_${key.replace('.', '_').toUpperCase()}`
      return { group, name, key, variable, flag: key.replace(/[._]/g, '-'), setting: one }
    }),
)
