import { Command, CommanderError, Option, type Argument } from 'commander'
import { describeSecretFile } from '../config/describe.ts'
import { namedSettings } from '../config/settings.ts'
import { version } from '../domain/kernel/version.ts'
import { exitCodes } from './exit-codes.ts'
import { printFailure, printUsageError } from './terminal.ts'

// The command line as a whole: reads the words, runs a command, and turns whatever is thrown into a message and an exit code.

/** Commands that run until they are stopped: without the other commands in memory they start sooner and stay smaller. */
const serverCommands: ReadonlyMap<string | undefined, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./commands/serve.ts')).serve],
  ['dev', async () => (await import('./commands/dev.ts')).dev],
])

/** Runs the command that the words name, prints its failure, and sets `process.exitCode`. */
export async function runProgram(given: readonly string[]): Promise<void> {
  const [first, ...others] = given
  const words = first === 'help' ? [...others, '--help'] : given // `countersign help user add`
  const program = newProgram()
  const loadServerCommand = serverCommands.get(words[0])
  if (loadServerCommand) program.addCommand(await loadServerCommand())
  else await addCommands(program)
  prepare(program)
  try {
    await program.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) printFailure(error)
    else if (error.exitCode !== 0) {
      printUsageError(usageErrorLines(error))
      process.exitCode = exitCodes.usage.code
    }
  }
}

/** Makes the program `countersign`, without commands. */
export function newProgram(): Command {
  return new Command('countersign')
    .description('JWT authentication for HTTP APIs')
    .version(version, '-V, --version', 'Show the version.')
    .addHelpText('after', helpEnding)
}

/** Adds every command. */
export async function addCommands(program: Command): Promise<void> {
  const { commands } = await import('./commands.ts')
  const { completer } = await import('./commands/completion.ts')
  for (const [heading, members] of commands)
    for (const command of members) program.addCommand(command.helpGroup(`${heading}:`))
  program.addCommand(completer(program), { hidden: true })
}

/** Configures a command and all below it; commander does not hand this down to commands that are added. */
export function prepare(command: Command): void {
  command
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // printed by runProgram
  command.addHelpOption(new Option('-h, --help', 'Show this help.').helpGroup('Options:'))
  command.configureHelp({ subcommandTerm: termOf })
  command.commands.forEach(prepare)
}

/** A command in a list of commands, without `[options]`: all have some, and it would leave no room for the summary. */
function termOf(command: Command): string {
  return [command.name(), ...command.registeredArguments.map(argumentOf)].join(' ')
}

function argumentOf(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${name}>` : `[${name}]`
}

function helpEnding(): string {
  const codes = Object.values(exitCodes).map(({ code, short }) => `${code} ${short}`)
  const lines = [codes.slice(0, 4), codes.slice(4)].map((some) => `  ${some.join(', ')}`)
  return [
    '',
    'Exit codes:',
    lines.join(',\n'),
    '',
    'Start with `countersign dev`. Every command shows its usage:',
    '`countersign serve --help`, `countersign user add --help`.',
  ].join('\n')
}

/** The lines of a usage error; none if commander printed help for a group of commands. */
function usageErrorLines({ code, message }: CommanderError): readonly string[] {
  if (code === 'commander.help') return []
  const lines = message
    .replace(/^error: /, '')
    .split('\n')
    .map(withoutValue)
  const [, flag] = /^unknown option '--([\w-]+)/.exec(message.slice('error: '.length)) ?? []
  const secret = namedSettings.find((one) => one.flag === flag && one.setting.secret)
  return secret ? [...lines, describeSecretFile(secret)] : lines
}

/** Removes the value of an unknown option, which may be a secret. */
function withoutValue(line: string): string {
  return line.replace(/^(unknown option '--[\w-]+)=.*'/, "$1'")
}
