import { Command, CommanderError, Option } from 'commander'
import { loadConfig, type ConfigSources } from '../config/load.ts'
import type { Mode } from '../config/setting.ts'
import { namedSettings, type Config, type NamedSetting } from '../config/settings.ts'
import { describeFlag } from '../config/describe.ts'
import { exampleLines, settingsHelp } from './help.ts'
import { print } from './terminal.ts'

/** How a command is called, and what it says of itself. */
interface Described {
  /** As commander writes it: `add <name>` is the command `add` with one argument. */
  readonly usage: string
  readonly summary: string
  /** Options beyond the settings, each with its sentence. Their values follow the arguments, in this order. */
  readonly options?: readonly (readonly [flag: string, doc: string])[]
  readonly examples: readonly string[]
}

/** A command that needs no settings. */
export interface PlainCommand extends Described {
  /** What is not given is empty text; several values of one argument have commas between; an option without a value is `true`. */
  run(...args: readonly string[]): Promise<void> | void
}

/** A command that reads the settings. */
export interface SettingsCommand extends Described, Telling {
  readonly mode: Mode
  /** As {@link PlainCommand.run}, with the settings before. */
  run(config: Config, ...args: readonly string[]): Promise<void>
}

/** What is particular to commands that read the settings. */
interface Telling {
  /** Which settings `--help` tells beside the command's own options, by their keys; the others are told by `--help-settings`. */
  readonly tells?: readonly string[]
  /** It runs a server, in its one mode; every other command looks after either, with `--development`. */
  readonly serves?: true
}

/** A command that asks where the settings come from. */
export interface SourcesCommand extends Described, Telling {
  readonly mode: Mode
  run(sources: ConfigSources, ...args: readonly string[]): Promise<void> | void
}

/** The option of every command that lists or shows something. */
export const json = ['--json', 'Print JSON, for programs.'] as const

const described = new WeakMap<Command, Described>()

/** What a command says of itself; of one that only holds others nothing. */
export function describedBy(command: Command): Described | undefined {
  return described.get(command)
}

/** A command that needs no settings. */
export function plainCommand(definition: PlainCommand): Command {
  const command = begin(definition)
  command.action(async (...given: readonly unknown[]) => {
    await definition.run(...valuesOf(command, definition, given))
  })
  return end(command, definition)
}

/** A command with a flag for every setting. Its `--help` tells its own options, and `--help-settings` the settings. */
export function settingsCommand({ run, ...definition }: SettingsCommand): Command {
  return sourcesCommand({
    ...definition,
    run: (sources, ...args) => run(loadConfig(sources), ...args),
  })
}

/** The same, for a command that asks where the settings come from. */
export function sourcesCommand(definition: SourcesCommand): Command {
  const { mode, tells = [], serves = false } = definition
  const command = begin(definition)
  const [told, others] = [
    tells.map(settingOf),
    namedSettings.filter(({ key }) => !tells.includes(key)),
  ]
  for (const named of others) command.addOption(new Option(describeFlag(named).flag).hideHelp())
  command.optionsGroup('Settings:')
  for (const named of told) command.option(describeFlag(named).flag, sentencesOf(named, mode))
  command.option(
    '--config <FILE>',
    'A file of settings, in TOML; or name it in COUNTERSIGN_CONFIG.',
  )
  if (!serves)
    command.option('--development', 'Look at the settings and the database of countersign dev.')
  command.option('--help-settings', 'Show every setting; each can be given as a flag.')
  command.on('option:help-settings', () => {
    print(settingsHelp(modeOf(command, definition)))
    throw new CommanderError(0, 'commander.help', 'told')
  })
  command.action(async (...given: readonly unknown[]) => {
    const chosen: Record<string, string> = command.opts()
    const flags = Object.fromEntries(
      Object.entries(chosen).map(([name, value]) => [
        name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`),
        value,
      ]),
    )
    const file = flags['config'] ?? process.env['COUNTERSIGN_CONFIG']
    const sources = { mode: modeOf(command, definition), flags, env: process.env, file }
    await definition.run(sources, ...valuesOf(command, definition, given))
  })
  return end(command, definition)
}

/** A setting by its key. */
function settingOf(key: string): NamedSetting {
  const named = namedSettings.find((one) => one.key === key)
  if (!named) throw new Error(`there is no setting ${key}`)
  return named
}

function sentencesOf(named: NamedSetting, mode: Mode): string {
  const { doc } = describeFlag(named)
  const fallback = named.setting.default[mode]
  return `${doc}${fallback ? ` Default: ${fallback}.` : ''}`.replaceAll('`', '')
}

function modeOf(command: Command, { mode }: SourcesCommand): Mode {
  return command.opts()['development'] ? 'development' : mode
}

/** Commands that belong together under one word. */
export function groupOf(name: string, summary: string, ...commands: readonly Command[]): Command {
  const group = new Command(name).description(summary)
  group.addHelpText('after', `\nHow one of them is used: \`countersign ${name} <command> --help\`.`)
  for (const one of commands) group.addCommand(one)
  return group
}

function begin(definition: Described): Command {
  const { usage, summary, options = [] } = definition
  const [name, ...args] = usage.split(' ')
  const command = new Command(name).description(summary)
  described.set(command, definition)
  for (const argument of args) command.argument(argument)
  for (const [flag, doc] of options) command.addOption(new Option(flag, doc))
  return command
}

function end(command: Command, { examples }: Described): Command {
  const lines = () => ['', 'Examples:', ...examples.flatMap(exampleLines)]
  return command.addHelpText('after', () => lines().join('\n'))
}

/** The arguments, and after them the options, as texts. */
function valuesOf(
  command: Command,
  { options = [] }: Described,
  given: readonly unknown[],
): readonly string[] {
  const chosen: Readonly<Record<string, unknown>> = command.opts()
  const said = given.slice(0, -2) // commander adds the options and the command itself
  const values = options.map(([flag, doc]) => chosen[new Option(flag, doc).attributeName()])
  return [...said, ...values].map((one) => (one === undefined ? '' : String(one)))
}
