import { closestName } from '@countersign/token/internal'
import { readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import type { z } from 'zod'
import { fail } from '../failures.ts'
import type { Mode } from './setting.ts'
import { describeSecretFile, describeValue, isHidden } from './describe.ts'
import {
  namedSettings,
  type Config,
  type NamedSetting,
  type SecretFile,
  type ShownSetting,
} from './settings.ts'

/** Where settings come from. Flags beat the environment, which beats the file, which beats the defaults. */
export interface ConfigSources {
  readonly mode: Mode
  /** By flag name without dashes: `{ 'http-port': '5001' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Path of a TOML file. */
  readonly file?: string | undefined
}

/** A setting as it is in force, or would be if it could be used. */
export interface Effective {
  readonly named: NamedSetting
  /** What somebody wrote, or the default; of a secret too. */
  readonly text: string | undefined
  /** Who wrote it: `--tokens-lifetime`, `COUNTERSIGN_TOKENS_LIFETIME`, the path of the file, or `default`. */
  readonly from: string
  readonly value: unknown
  /** The file that holds it, where one does. */
  readonly path: string | undefined
  /** What stands against it; the value is none then. */
  readonly problem: string | undefined
}

/** Reads every setting. Fails like {@link loadEffective}, and with `setting_invalid` for the first that cannot be used. */
export function loadConfig(sources: ConfigSources): Config {
  const config: Record<string, Record<string, unknown>> = {}
  const effective = loadEffective(sources)
  for (const { named, value, problem } of effective) {
    if (problem !== undefined) throw fail('setting_invalid', { detail: `${named.key} ${problem}` })
    config[named.group] = { ...config[named.group], [named.name]: value }
  }
  const shown = effective.map((one): ShownSetting => {
    return { key: one.named.key, value: describeValue(one), from: one.from }
  })
  const secretFiles = effective.flatMap((one): readonly SecretFile[] =>
    one.path !== undefined && isHidden(one) ? [{ key: one.named.key, path: one.path }] : [],
  )
  return { ...config, mode: sources.mode, shown, secretFiles } as unknown as Config // the loop above has filled in the whole list
}

/**
 * Reads every setting, and where it comes from. Fails with `setting_unknown`, naming the nearest known one, and `setting_invalid` for a
 * file that cannot be read. A setting that cannot be used says what it wants, and never its value.
 */
export function loadEffective({ mode, flags = {}, env = {}, file }: ConfigSources) {
  const fromFile = file === undefined ? new Map<string, string>() : readFile(file)
  refuseUnknown(env, fromFile)
  return namedSettings.map((named): Effective => {
    const { flag, variable, key, setting } = named
    const [byFlag, byVariable] = [flags[`${flag}-file`], env[`${variable}_FILE`]]
    const { from, text, path } = firstSaid(
      [
        [`--${flag}`, () => flags[flag]],
        [`--${flag}-file`, () => secretFile(named, byFlag), byFlag],
        [variable, () => alone(named, env[variable], byVariable)],
        [`${variable}_FILE`, () => secretFile(named, byVariable), byVariable],
        [file ?? '', () => fromFile.get(key), file],
      ],
      setting.default[mode],
    )
    const { success, data, error } = setting.schema.safeParse(text)
    const problem = success ? undefined : wants(error, text)
    return { named, text, from, path, value: data, problem }
  })
}

/** What is said in the first place that says something; what comes after it is not even looked at. */
function firstSaid(
  places: readonly (readonly [
    from: string,
    read: () => string | undefined,
    path?: string | undefined,
  ])[],
  fallback: string | undefined,
) {
  for (const [from, read, path] of places) {
    const text = read()
    if (text !== undefined) return { from, text, path }
  }
  return { from: 'default', text: fallback, path: undefined }
}

/** What a variable says. One whose twin names a file that says something else is refused: somebody believes that the other is in force. */
function alone(
  named: NamedSetting,
  text: string | undefined,
  path: string | undefined,
): string | undefined {
  const inFile = text === undefined ? undefined : secretFile(named, path)
  if (inFile === undefined || inFile === text?.trim()) return text
  throw fail('setting_invalid', {
    detail: `${named.variable} and ${named.variable}_FILE are both set, and not to the same; unset one`,
  })
}

function wants(error: z.ZodError, text: string | undefined): string {
  return text === undefined ? 'must be set' : (error.issues[0]?.message ?? 'has the wrong form')
}

/** A secret's text from the file that holds it, without the line break that editors add. */
function secretFile({ key, setting }: NamedSetting, path: string | undefined): string | undefined {
  if (path === undefined || !setting.secret) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw fail('setting_invalid', { detail: `the file named for ${key} cannot be read`, cause })
  }
}

function readFile(path: string): Map<string, string> {
  let table: Record<string, unknown>
  try {
    table = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    // The parser's own message quotes the lines around the fault, and a secret may stand in one of them.
    if (cause instanceof TomlError) {
      const detail = `the configuration file is no TOML from line ${cause.line} on`
      throw fail('setting_invalid', { detail })
    }
    throw fail('setting_invalid', { detail: 'the configuration file cannot be read', cause })
  }
  const found = new Map<string, string>()
  for (const [group, members] of Object.entries(table)) {
    if (typeof members !== 'object' || members === null) throw unknown(group, keys())
    for (const [name, value] of Object.entries(members)) {
      found.set(`${group}.${name}`, Array.isArray(value) ? value.join(',') : String(value))
    }
  }
  return found
}

/** A setting that nobody reads is a mistake: somebody believes that it is in force. */
function refuseUnknown(
  env: Readonly<Record<string, string | undefined>>,
  fromFile: ReadonlyMap<string, string>,
) {
  const variables = namedSettings.flatMap(({ variable, setting }) =>
    setting.secret ? [variable, `${variable}_FILE`] : [variable],
  )
  const reserved = ['COUNTERSIGN_CONFIG'] // names the file itself
  for (const name of Object.keys(env)) {
    if (name.startsWith('COUNTERSIGN_') && ![...variables, ...reserved].includes(name))
      throw unknown(name, variables)
  }
  for (const key of fromFile.keys()) if (!keys().includes(key)) throw unknown(key, keys())
}

function keys(): readonly string[] {
  return namedSettings.map(({ key }) => key)
}

function unknown(name: string, known: readonly string[]) {
  const near = closestName(name, known)
  const meant = namedSettings.find(({ key }) => key === near || `${key}_file` === name)
  const asked = near === undefined || `${near}_file` === name ? '' : ` did you mean ${near}?`
  const secret = meant?.setting.secret ? ` ${describeSecretFile(meant)}` : ''
  return fail('setting_unknown', { detail: [name, asked + secret].filter((one) => one).join(';') })
}
