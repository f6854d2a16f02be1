import { Command, Option } from 'commander'
import { describeDefault, describeFlag } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { namedSettings, type Config, type Mode } from '../config/settings.ts'

/** A command that reads the settings: name, sentence, and what it does. */
export interface SettingsCommand {
  /** As commander writes it: `user add <name>` is the command `add` with one argument. */
  readonly usage: string
  /** Options beyond the settings, each with its sentence. Their values follow the arguments, in this order. */
  readonly options?: readonly (readonly [flag: string, doc: string])[]
  readonly summary: string
  readonly mode: Mode
  readonly examples: readonly string[]
  /** What is not given is empty text; several values of one argument have commas between; an option without a value is `true`. */
  run(config: Config, ...args: readonly string[]): Promise<void>
}

/** A commander command with a flag for every setting; `--help` tells each with its default and shows the examples. */
export function settingsCommand({
  usage,
  summary,
  options = [],
  mode,
  examples,
  run,
}: SettingsCommand): Command {
  const command = new Command(usage.split(' ')[0]).description(summary)
  for (const argument of usage.split(' ').slice(1)) command.argument(argument)
  const own = options.map(([flag, doc]) => new Option(flag, doc))
  for (const option of own) command.addOption(option)
  command.option('--config <FILE>', 'Settings in TOML (COUNTERSIGN_CONFIG)')
  for (const named of namedSettings) {
    const { flag, doc } = describeFlag(named)
    const fallback = `${named.variable}${named.setting.secret ? '_FILE' : ''}; default: ${describeDefault(named, mode)}`
    command.addOption(new Option(flag, `${doc} (${fallback})`))
  }
  command.addHelpText(
    'after',
    ['', 'Examples:', ...examples.map((line) => `  $ ${line}`)].join('\n'),
  )
  command.action(async (...given: readonly unknown[]) => {
    const chosen: Record<string, string> = command.opts()
    const flags = Object.fromEntries(
      Object.entries(chosen).map(([name, value]) => [
        name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`),
        value,
      ]),
    )
    const file = flags['config'] ?? process.env['COUNTERSIGN_CONFIG']
    const config = loadConfig({ mode, flags, env: process.env, file })
    const args = given.slice(0, -2) // commander adds the options and the command itself
    const values = own.map((option) => chosen[option.attributeName()])
    await run(config, ...[...args, ...values].map((one) => (one === undefined ? '' : String(one))))
  })
  return command
}
