import { Command, CommanderError, Option } from 'commander'
import { exitCodes } from './exit-codes.ts'
import { printFailure } from './terminal.ts'

const program = new Command('countersign')
  .description('JWT authentication for HTTP APIs')
  .version('0.1.0')
  .addHelpText(
    'after',
    '\nBegin with `countersign dev`, or see how each command is used: `countersign serve --help`.',
  )

/** Commands that run until they are told to stop: without all the others in memory they start sooner, and stay smaller. */
const servers: ReadonlyMap<string | undefined, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./commands/serve.ts')).serve],
  ['dev', async () => (await import('./commands/dev.ts')).dev],
])
const server = servers.get(process.argv[2])
if (server) program.addCommand(await server())
else await addCommands()
prepare(program)

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync()
} catch (error) {
  // commander has said what is wrong, or has told what it was asked for
  if (error instanceof CommanderError) process.exitCode = error.exitCode && exitCodes.usage.code
  else printFailure(error)
}

/** Adds every command there is. */
async function addCommands(): Promise<void> {
  const { commands } = await import('./commands.ts')
  const { completer } = await import('./commands/completion.ts')
  for (const [heading, members] of commands)
    for (const command of members) program.addCommand(command.helpGroup(`${heading}:`))
  program.addCommand(completer(program), { hidden: true })
}

/** What commander does not hand down to commands that are added to it. */
function prepare(command: Command): void {
  command.helpCommand(false).exitOverride().showHelpAfterError('(add --help for what can be said)')
  command.addHelpOption(new Option('-h, --help', 'Tell this.').helpGroup('Options:'))
  command.commands.forEach(prepare)
}
