import type * as z from 'zod'
import type { Mode, Setting, SettingGroups } from './setting.ts'
import { provider } from './settings/federation.ts'
import { mail } from './settings/mail.ts'
import { network } from './settings/network.ts'
import { operation } from './settings/operation.ts'
import { people } from './settings/people.ts'
import { revocation } from './settings/revocation.ts'
import { sessions } from './settings/sessions.ts'
import { storage } from './settings/storage.ts'

/** The settings by topic, in the order of the reference page. */
const topics: readonly (readonly [title: string, groups: SettingGroups])[] = [
  ['Network', network],
  ['Storage and keys', storage],
  ['Tokens, sessions and limits', sessions],
  ['Revocation', revocation],
  ['Users and passwords', people],
  ['Mail', mail],
  ['Operation', operation],
]

/**
 * Every setting, by topic in `settings/`. A setting has three names: `tokens.lifetime` in the file, COUNTERSIGN_TOKENS_LIFETIME in
 * the environment and --tokens-lifetime on the command line.
 */
export const settings = {
  ...network,
  ...storage,
  ...sessions,
  ...revocation,
  ...people,
  ...mail,
  ...operation,
} as const

type Settings = typeof settings

/** The value of every setting, and the mode that decided the defaults. */
export type Config = {
  readonly [Group in keyof Settings]: {
    readonly [Name in keyof Settings[Group]]: Settings[Group][Name] extends Setting<infer S>
      ? z.output<S>
      : never
  }
} & {
  /** The identity providers, by name. */
  readonly federation: Readonly<Record<string, ProviderSettings>>
  readonly mode: Mode
  readonly shown: readonly ShownSetting[]
  readonly secretFiles: readonly SecretFile[]
}

/** The value of every setting of one identity provider. */
export type ProviderSettings = {
  readonly [Name in keyof typeof provider]: (typeof provider)[Name] extends Setting<infer S>
    ? z.output<S>
    : never
}

/** Returns the URL of the issuer: by default, in development, localhost and the port. */
export function issuerUrlOf({
  issuer,
  tls,
  http,
}: Pick<Config, 'issuer' | 'tls' | 'http'>): string {
  const scheme = tls.certificateFile === undefined ? 'http' : 'https'
  return issuer.url ?? `${scheme}://localhost:${http.port}`
}

/** A file that a secret setting was read from. */
export interface SecretFile {
  readonly key: string
  readonly path: string
}

/** A setting in effect, without secrets. */
export interface ShownSetting {
  readonly key: string
  readonly value: string
  /** The source: a flag, a variable, the path of the file, or `default`. */
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

/** All settings as a flat list, each with its three names. */
export const namedSettings = flat(settings)

/** The same list, by the title of each topic. */
export const namedTopics = topics.map(([title, groups]) => ({ title, settings: flat(groups) }))

/** Returns the settings of an identity provider with this name, in the group `federation.NAME`. */
export function providerSettings(name: string): readonly NamedSetting[] {
  return flat({ [`federation.${name}`]: provider })
}

function flat(groups: SettingGroups): readonly NamedSetting[] {
  return Object.entries(groups).flatMap(([group, members]) =>
    Object.entries(members).map(([name, setting]) => {
      const key = `${group}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
      const variable = `COUNTERSIGN_${key.replaceAll('.', '_').toUpperCase()}`
      return { group, name, key, variable, flag: key.replaceAll(/[._]/g, '-'), setting }
    }),
  )
}
