import { Command, CommanderError, Option } from 'commander'
import { loadConfig, type ConfigSources } from '../config/load.ts'
import type { Mode } from '../config/setting.ts'
import { namedSettings, type Config, type NamedSetting } from '../config/settings.ts'
import { describeFlag } from '../config/describe.ts'
import { valuesOf, type OptionRow, type Values } from './command-values.ts'
import { exampleLines, settingsHelp } from './help.ts'
import { print } from './terminal.ts'

// The declaration of a command. Its usage and options give `run` typed values; help, completion and the reference page come from the same
// declaration.

/** The part of a declaration that every command has. */
interface Declaration<
  Usage extends string = string,
  Options extends readonly OptionRow[] = readonly OptionRow[],
> {
  /** As commander writes it: `add <name>` is the command `add` with one argument. */
  readonly usage: Usage
  readonly summary: string
  /** Options beyond the settings: the flag, its sentence, and a parser unless the value is text. */
  readonly options?: Options
  readonly examples: readonly string[]
}

/** A command that needs no settings. */
export interface PlainCommand<
  Usage extends string,
  Options extends readonly OptionRow[],
> extends Declaration<Usage, Options> {
  run(values: Values<Usage, Options>): Promise<void> | void
}

/** A command that reads the settings. */
export interface SettingsCommand<Usage extends string, Options extends readonly OptionRow[]>
  extends Declaration<Usage, Options>, SettingsHelp {
  run(config: Config, values: Values<Usage, Options>): Promise<void>
}

/** A command that needs to know where the settings come from. */
export interface SourcesCommand<Usage extends string, Options extends readonly OptionRow[]>
  extends Declaration<Usage, Options>, SettingsHelp {
  run(sources: ConfigSources, values: Values<Usage, Options>): Promise<void> | void
}

/** The part of a declaration about the settings, for a command that reads them. */
interface SettingsHelp {
  readonly mode: Mode
  /** Keys of the settings that `--help` shows beside the command's own options; `--help-settings` shows all of them. */
  readonly shownSettings?: readonly string[]
  /** The command runs a server, or writes an application for one, in its one mode; every other command works on both, with `--development`. */
  readonly serves?: true
}

/** The option of every command that lists or shows something. */
export const json = ['--json', 'Print JSON, for programs.'] as const

/** The option of every command that asks for confirmation. */
export const yes = ['--yes', 'Confirm without a question.'] as const

let hidden: ReadonlyMap<NamedSetting, Option> | undefined

/** Returns the options of the settings that `--help` does not show; the commands share them, because parsing a flag for each would take long. */
function hiddenOptions(): ReadonlyMap<NamedSetting, Option> {
  hidden ??= new Map(
    namedSettings.map((named) => [named, new Option(describeFlag(named).flag).hideHelp()]),
  )
  return hidden
}

const declarations = new WeakMap<Command, Declaration>()

/** Returns the declaration of a command; of a group of commands, undefined. */
export function declarationOf(command: Command): Declaration | undefined {
  return declarations.get(command)
}

/** Makes a command that needs no settings. */
export function plainCommand<
  const Usage extends string,
  const Options extends readonly OptionRow[] = [],
>(definition: PlainCommand<Usage, Options>): Command {
  const command = declare(definition)
  command.action(async () => {
    await definition.run(valuesOf(command, definition))
  })
  return withExamples(command, definition)
}

/** Makes a command with a flag for every setting. `--help` shows its own options, `--help-settings` the settings. */
export function settingsCommand<
  const Usage extends string,
  const Options extends readonly OptionRow[] = [],
>({ run, ...definition }: SettingsCommand<Usage, Options>): Command {
  return sourcesCommand<Usage, Options>({
    ...definition,
    run: (sources, values) => run(loadConfig(sources), values),
  })
}

/** Makes a command with a flag for every setting, which reads the sources of the settings itself. */
export function sourcesCommand<
  const Usage extends string,
  const Options extends readonly OptionRow[] = [],
>(definition: SourcesCommand<Usage, Options>): Command {
  const { mode, shownSettings = [], serves = false } = definition
  const modeNow = (): Mode => (command.opts()['development'] ? 'development' : mode)
  const command = declare(definition)
  const shown = shownSettings.map(settingOf)
  for (const [named, option] of hiddenOptions())
    if (!shown.includes(named)) command.addOption(option)
  command.optionsGroup('Settings:')
  for (const named of shown) command.option(describeFlag(named).flag, sentencesOf(named, mode))
  command.option('--config <FILE>', 'A settings file in TOML; also named by COUNTERSIGN_CONFIG.')
  if (!serves)
    command.option('--development', 'Use the settings and the database of countersign dev.')
  command.option('--help-settings', 'Show every setting; each can be given as a flag.')
  command.on('option:help-settings', () => {
    print(settingsHelp(modeNow()))
    throw new CommanderError(0, 'commander.help', 'help was printed')
  })
  command.action(async () => {
    const flags = flagsOf(command)
    const file = flags['config'] ?? (process.env['COUNTERSIGN_CONFIG']?.trim() || undefined)
    const sources = { mode: modeNow(), flags, env: process.env, file }
    await definition.run(sources, valuesOf(command, definition))
  })
  return withExamples(command, definition)
}

/** Groups commands under one word. */
export function groupOf(name: string, summary: string, ...commands: readonly Command[]): Command {
  const group = new Command(name.split(' ').at(-1)).description(summary) // `client secret` is a group in a group
  group.addHelpText('after', `\nUsage of one of them: \`countersign ${name} <command> --help\`.`)
  for (const one of commands) group.addCommand(one)
  return group
}

function declare(declaration: Declaration): Command {
  const { usage, summary, options = [] } = declaration
  const [name, ...args] = usage.split(' ')
  const command = new Command(name).description(summary)
  declarations.set(command, declaration)
  for (const argument of args) command.argument(argument)
  for (const [flag, doc] of options) command.addOption(new Option(flag, doc))
  return command
}

function withExamples(command: Command, { examples }: Declaration): Command {
  const lines = () => ['', 'Examples:', ...examples.flatMap(exampleLines)]
  return command.addHelpText('after', () => lines().join('\n'))
}

/** All options that were given, by their flags: `{ 'http-port': '5001' }`. */
function flagsOf(command: Command): Readonly<Record<string, string>> {
  const given: Record<string, string> = command.opts()
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
      value,
    ]),
  )
}

function settingOf(key: string): NamedSetting {
  const named = namedSettings.find((one) => one.key === key)
  if (!named) throw new Error(`no setting has the key ${key}`)
  return named
}

function sentencesOf(named: NamedSetting, mode: Mode): string {
  const { doc } = describeFlag(named)
  const fallback = named.setting.default[mode]
  return `${doc}${fallback ? ` Default: ${fallback}.` : ''}`.replaceAll('`', '')
}
