import { CommanderError, type Command } from 'commander'
import { exitCodes } from './exit-codes.ts'
import { addCommands, newProgram, prepare } from './program.ts'
import { printFailure, printUsage } from './terminal.ts'

const program = newProgram()
const [first, ...others] = process.argv.slice(2)
const words = first === 'help' ? [...others, '--help'] : process.argv.slice(2) // said by habit, at any depth

/** Commands that run until they are told to stop: without all the others in memory they start sooner, and stay smaller. */
const servers: ReadonlyMap<string | undefined, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./commands/serve.ts')).serve],
  ['dev', async () => (await import('./commands/dev.ts')).dev],
])
const server = servers.get(words[0])
if (server) program.addCommand(await server())
else await addCommands(program)
prepare(program)

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

try {
  await program.parseAsync(words, { from: 'user' })
} catch (error) {
  if (!(error instanceof CommanderError)) printFailure(error)
  else if (error.exitCode !== 0) {
    const { usageLines } = await import('./usage.ts')
    printUsage(usageLines(error))
    process.exitCode = exitCodes.usage.code
  }
}
