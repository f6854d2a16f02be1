import { closestName } from '@countersign/token/internal'
import { readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import type * as z from 'zod'
import { fail } from '../failures.ts'
import type { Mode } from './setting.ts'
import { serviceLinkProblem, variablesOf, type Environment } from './environment.ts'
import { describeSecretFile, describeValue, isHidden } from './describe.ts'
import { providerName } from './settings/federation.ts'
import {
  namedSettings,
  providerSettings,
  type Config,
  type NamedSetting,
  type SecretFile,
  type ShownSetting,
} from './settings.ts'

/**
 * The sources of settings. A flag overrides the environment, which overrides the file, which overrides the default.
 *
 * @example
 * import { loadConfig, type ConfigSources } from '@countersign/server'
 *
 * const sources: ConfigSources = {
 *   mode: 'development',
 *   env: { COUNTERSIGN_TOKENS_LIFETIME: '10m' },
 *   flags: { 'tokens-lifetime': '5m' }, // overrides the environment
 * }
 * console.log(loadConfig(sources).tokens.lifetime) // 300
 */
export interface ConfigSources {
  readonly mode: Mode
  /** By flag name without dashes: `{ 'http-port': '5001' }`. */
  readonly flags?: Readonly<Record<string, string | undefined>>
  /** Empty variables count as unset, and blanks around a value do not count. */
  readonly env?: Environment
  /** Path of a TOML file. */
  readonly file?: string | undefined
}

/** A setting in effect, or with a problem that keeps it from taking effect. */
export interface Effective {
  readonly named: NamedSetting
  /** The text that was given, or the default; unmasked for a secret, too. */
  readonly text: string | undefined
  /** The source: `--tokens-lifetime`, `COUNTERSIGN_TOKENS_LIFETIME`, the path of the file, or `default`. */
  readonly from: string
  readonly value: unknown
  /** The file that it was read from, if any. */
  readonly path: string | undefined
  /** The reason why it cannot be used; `value` is undefined then. */
  readonly problem: string | undefined
}

/**
 * Loads all settings. Fails like {@link loadEffective}, and with `setting_invalid` for the first that cannot be used.
 *
 * @example
 * import { loadConfig } from '@countersign/server'
 *
 * const env = { COUNTERSIGN_HTTP_PORT: '5001' } // or process.env
 * console.log(loadConfig({ mode: 'development', env }).http.port) // 5001
 */
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
  const federation = federationOf(config)
  return { ...config, federation, mode: sources.mode, shown, secretFiles } as unknown as Config // the loop above has set every member
}

const providerGroup = 'federation.'

/** Returns the settings of each identity provider, by its name. */
function federationOf(config: Readonly<Record<string, Readonly<Record<string, unknown>>>>) {
  const groups = Object.entries(config).filter(([group]) => group.startsWith(providerGroup))
  return Object.fromEntries(
    groups.map(([group, members]) => [group.slice(providerGroup.length), members]),
  )
}

/**
 * Loads all settings with their sources. Fails with `setting_unknown`, naming the closest known setting, and `setting_invalid` for a
 * file that cannot be read. The `problem` of a setting says what is allowed, never the value.
 */
export function loadEffective({ mode, flags = {}, env: given = {}, file }: ConfigSources) {
  const fromFile = file === undefined ? new Map<string, string>() : readFile(file)
  const providers = providerNames(fromFile.keys(), variablesOf(given, []).keys())
  const all = [...namedSettings, ...providers.flatMap(providerSettings)]
  const variables = variableNames(all)
  const env = variablesOf(given, variables)
  const known = fileKeys(all)
  for (const name of env.keys()) if (!variables.includes(name)) throw unknown(name, variables)
  for (const key of fromFile.keys()) if (!known.includes(key)) throw unknown(key, keys(all))
  return all.map((named): Effective => {
    const { flag, variable, key, setting } = named
    const [byFlag, byVariable] = [flags[`${flag}-file`], env.get(`${variable}_FILE`)]
    const byFile = fromFile.get(`${key}_file`)
    const { from, text, path } = firstOf(
      [
        [`--${flag}`, () => flags[flag]],
        [`--${flag}-file`, () => secretFile(named, byFlag), byFlag],
        [variable, () => withoutConflict(named, env.get(variable), byVariable, variable, '_FILE')],
        [`${variable}_FILE`, () => secretFile(named, byVariable), byVariable],
        [file ?? '', () => withoutConflict(named, fromFile.get(key), byFile, key, '_file'), file],
        [file ?? '', () => secretFile(named, byFile), byFile],
      ],
      setting.default[mode],
    )
    const { success, data, error } = setting.schema.safeParse(text)
    const problem = success
      ? undefined
      : (serviceLinkProblem(named, text) ?? problemOf(error, text))
    return { named, text, from, path, value: data, problem }
  })
}

/** Returns the names of the identity providers that a file and variables speak of. Longer ones are no providers, and so unknown settings. */
function providerNames(inFiles: Iterable<string>, variables: Iterable<string>): readonly string[] {
  const inFile = [...inFiles].map((key) => /^federation\.([^.]+)\./.exec(key)?.[1])
  const inEnv = [...variables].map((name) => /^COUNTERSIGN_FEDERATION_([A-Z0-9]+)_/.exec(name)?.[1])
  const found = new Set([...inFile, ...inEnv].map((name) => name?.toLowerCase() ?? ''))
  return [...found].filter((name) => providerName.test(name))
}

/** Returns the text of the first source that has one; later sources are not even read. */
function firstOf(
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

/** Returns the text of a variable or key. Refuses one whose twin names a file with another text: an operator would believe in the wrong one. */
function withoutConflict(
  named: NamedSetting,
  text: string | undefined,
  path: string | undefined,
  name: string,
  twin: '_FILE' | '_file',
): string | undefined {
  const inFile = text === undefined ? undefined : secretFile(named, path)
  if (inFile === undefined || inFile === text?.trim()) return text
  throw fail('setting_invalid', {
    detail: `${name} and ${name}${twin} are both set, to different values; unset one`,
  })
}

function problemOf(error: z.ZodError, text: string | undefined): string {
  return text === undefined ? 'must be set' : (error.issues[0]?.message ?? 'has the wrong form')
}

/** Reads a secret from its file, without the line break that editors add. */
function secretFile({ key, setting }: NamedSetting, path: string | undefined): string | undefined {
  if (path === undefined || !setting.secret) return undefined
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw fail('setting_invalid', { detail: `the file of ${key} cannot be read`, cause })
  }
}

function readFile(path: string): Map<string, string> {
  let table: Record<string, unknown>
  try {
    table = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    // The parser's own message quotes the lines around the error, which may contain a secret.
    if (cause instanceof TomlError) {
      const detail = `the settings file is not valid TOML at line ${cause.line}`
      throw fail('setting_invalid', { detail })
    }
    throw fail('setting_invalid', { detail: 'the settings file cannot be read', cause })
  }
  const found = new Map<string, string>()
  for (const [group, members] of Object.entries(table)) {
    if (!isTable(members)) throw unknown(group, keys(namedSettings))
    addMembers(found, group, members)
  }
  return found
}

/** Adds the members of a table under its name, and those of tables in it. */
function addMembers(
  found: Map<string, string>,
  group: string,
  members: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(members)) {
    const key = `${group}.${name}`
    if (isTable(value)) addMembers(found, key, value)
    else found.set(key, Array.isArray(value) ? value.join(',') : String(value))
  }
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return Object.prototype.toString.call(value) === '[object Object]' // neither a list nor a date
}

/** The variables that may be set; every other is refused, because an operator would believe that it has an effect. */
function variableNames(all: readonly NamedSetting[]): readonly string[] {
  const names = all.flatMap(({ variable, setting }) =>
    setting.secret ? [variable, `${variable}_FILE`] : [variable],
  )
  return [...names, 'COUNTERSIGN_CONFIG'] // names the file itself
}

/** The keys of a settings file: each setting, and for each secret one more that names a file. */
function fileKeys(all: readonly NamedSetting[]): readonly string[] {
  const twins = all.filter(({ setting }) => setting.secret)
  return [...keys(all), ...twins.map(({ key }) => `${key}_file`)]
}

function keys(all: readonly NamedSetting[]): readonly string[] {
  return all.map(({ key }) => key)
}

function unknown(name: string, known: readonly string[]) {
  const near = closestName(name, known)
  const meant = namedSettings.find(({ key }) => key === near || `${key}_file` === name)
  const asked = near === undefined || `${near}_file` === name ? '' : ` did you mean ${near}?`
  const secret = meant?.setting.secret ? ` ${describeSecretFile(meant)}` : ''
  return fail('setting_unknown', { detail: [name, asked + secret].filter((one) => one).join(';') })
}
