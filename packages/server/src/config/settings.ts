import type { z } from 'zod'
import type { Mode, Setting, SettingGroups } from './setting.ts'
import { network } from './settings/network.ts'
import { operation } from './settings/operation.ts'
import { people } from './settings/people.ts'
import { revocation } from './settings/revocation.ts'
import { sessions } from './settings/sessions.ts'
import { storage } from './settings/storage.ts'

/** The settings by topic, in the order in which an operator meets them. */
const topics: readonly (readonly [title: string, groups: SettingGroups])[] = [
  ['Where the server stands', network],
  ['What is kept', storage],
  ['Tokens, sessions and limits', sessions],
  ['Revocation', revocation],
  ['Users and passwords', people],
  ['What an operator watches', operation],
]

/**
 * LIST 2: every setting, by topic in `settings/`. `tokens.lifetime` is that in the file, COUNTERSIGN_TOKENS_LIFETIME and --tokens-lifetime
 * elsewhere.
 */
export const settings = {
  ...network,
  ...storage,
  ...sessions,
  ...revocation,
  ...people,
  ...operation,
} as const

type Settings = typeof settings

/** Every setting's value, and the mode that decided the defaults. */
export type Config = {
  readonly [Group in keyof Settings]: {
    readonly [Name in keyof Settings[Group]]: Settings[Group][Name] extends Setting<infer S>
      ? z.output<S>
      : never
  }
} & {
  readonly mode: Mode
  readonly shown: readonly ShownSetting[]
  readonly secretFiles: readonly SecretFile[]
}

/** A file that a secret was read from, and of which setting. */
export interface SecretFile {
  readonly key: string
  readonly path: string
}

/** A setting in force, in words that give no secret away. */
export interface ShownSetting {
  readonly key: string
  readonly value: string
  /** Where it comes from: a flag, a variable, the path of the file, or `default`. */
  readonly from: string
}

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
export const namedSettings = flat(settings)

/** The same, under the title of each topic. */
export const namedTopics = topics.map(([title, groups]) => ({ title, settings: flat(groups) }))

function flat(groups: SettingGroups): readonly NamedSetting[] {
  return Object.entries(groups).flatMap(([group, members]) =>
    Object.entries(members).map(([name, setting]) => {
      const key = `${group}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
      const variable = `COUNTERSIGN_${key.replace('.', '_').toUpperCase()}`
      return { group, name, key, variable, flag: key.replace(/[._]/g, '-'), setting }
    }),
  )
}
