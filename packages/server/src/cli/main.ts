import { fail } from '../failures.ts'
import { runProgram } from './program.ts'
import { printFailure } from './terminal.ts'

// A reader that has closed the pipe, such as `head`, is not an error.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EPIPE') printFailure(fail('output_unwritable', { cause }))
  process.exit()
})
process.stderr.on('error', () => {}) // there is no other place to report it

const unsettled = 13 // Node's exit code when nothing is left that could settle what the program waits for
process.on('exit', (code) => {
  if (code === unsettled) printFailure(new Error('the program ended while it waited for a result'))
})

await runProgram(process.argv.slice(2))
