import { Command, Option } from 'commander'
import { describeDefault, describeFlag } from '../config/describe.ts'
import { loadConfig } from '../config/load.ts'
import { namedSettings, type Config, type Mode } from '../config/settings.ts'

/** A command that reads the settings: name, sentence, and what it does. */
export interface SettingsCommand {
  /** As commander writes it: `user add <name>` is the command `add` with one argument. */
  readonly usage: string
  readonly summary: string
  readonly mode: Mode
  readonly examples: readonly string[]
  /** What can be switched on with a flag of its own, by that flag. One that is on stands among the arguments as it was written. */
  readonly switches?: Readonly<Record<`--${string}`, string>>
  run(config: Config, ...args: readonly string[]): Promise<void>
}

/** A commander command with a flag for every setting; `--help` tells each with its default and shows the examples. */
export function settingsCommand(definition: SettingsCommand): Command {
  const { usage, summary, mode, examples, switches = {}, run } = definition
  const command = new Command(usage.split(' ')[0]).description(summary)
  for (const argument of usage.split(' ').slice(1)) command.argument(argument)
  for (const [flag, doc] of Object.entries(switches)) command.option(flag, doc)
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
    const options: Record<string, string> = command.opts()
    const flags = Object.fromEntries(
      Object.entries(options).map(([name, value]) => [
        name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`),
        value,
      ]),
    )
    const file = flags['config'] ?? process.env['COUNTERSIGN_CONFIG']
    const config = loadConfig({ mode, flags, env: process.env, file })
    const args = given.slice(0, -2).map(String) // commander adds the options and the command itself
    const on = Object.keys(switches).filter((flag) => flag.slice(2) in flags)
    await run(config, ...args, ...on)
  })
  return command
}
