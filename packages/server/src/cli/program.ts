import { Command, Option, type Argument } from 'commander'
import { exitCodes } from './exit-codes.ts'

/** `countersign` itself, before it has any command. */
export function newProgram(): Command {
  return new Command('countersign')
    .description('JWT authentication for HTTP APIs')
    .version('0.1.0', '-V, --version', 'Show the version.')
    .addHelpText('after', ending)
}

/** Adds every command there is. */
export async function addCommands(program: Command): Promise<void> {
  const { commands } = await import('./commands.ts')
  const { completer } = await import('./commands/completion.ts')
  for (const [heading, members] of commands)
    for (const command of members) program.addCommand(command.helpGroup(`${heading}:`))
  program.addCommand(completer(program), { hidden: true })
}

/** What commander does not hand down to commands that are added to it. */
export function prepare(command: Command): void {
  command
    .helpCommand(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} }) // main tells it
  command.addHelpOption(new Option('-h, --help', 'Show this help.').helpGroup('Options:'))
  command.configureHelp({ subcommandTerm: termOf })
  command.commands.forEach(prepare)
}

/** A command in a list of commands. That it has options is no news, and would leave no room for what it does. */
function termOf(command: Command): string {
  return [command.name(), ...command.registeredArguments.map(argumentOf)].join(' ')
}

function argumentOf(argument: Argument): string {
  const name = argument.name() + (argument.variadic ? '...' : '')
  return argument.required ? `<${name}>` : `[${name}]`
}

function ending(): string {
  const codes = Object.values(exitCodes).map(({ code, short }) => `${code} ${short}`)
  const lines = [codes.slice(0, 4), codes.slice(4)].map((some) => `  ${some.join(', ')}`)
  return [
    '',
    'Exit codes:',
    lines.join(',\n'),
    '',
    'Begin with `countersign dev`. Every command tells how it is used:',
    '`countersign serve --help`, `countersign user add --help`.',
  ].join('\n')
}
