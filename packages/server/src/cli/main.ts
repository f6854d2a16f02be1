#!/usr/bin/env node
import { Command } from 'commander'
import { commands } from './commands.ts'
import { printFailure } from './terminal.ts'

const program = new Command('countersign')
  .description('JWT authentication for HTTP APIs')
  .version('0.1.0')
  .showHelpAfterError('(add --help for what can be said)')
for (const command of commands) program.addCommand(command)

try {
  await program.parseAsync()
} catch (error) {
  printFailure(error)
}
