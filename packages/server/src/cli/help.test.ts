import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'commander'
import { settingsHelp } from './help.ts'
import { addCommands, newProgram, prepare } from './program.ts'

const columns = 80
const program = newProgram()
await addCommands(program)
prepare(program)

/** Returns the output of `--help` in a terminal of 80 columns. */
function helpOf(command: Command): string {
  let told = ''
  const writeOut = (text: string) => (told += text)
  const usual = { ...command.configureOutput() } // other tests of the process print the help of these commands too
  command.configureOutput({
    writeOut,
    getOutHelpWidth: () => columns,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  command.configureOutput(usual)
  return told
}

/** Every command, by its full name. */
function all(command: Command, name: string): readonly (readonly [string, Command])[] {
  const shown = command.commands.filter((one) => one.name() !== 'complete')
  return [[name, command], ...shown.flatMap((one) => all(one, `${name} ${one.name()}`))]
}
const commands = all(program, 'countersign')

test('every help fits a terminal of 80 columns', () => {
  const texts = commands.map(([name, command]) => [name, helpOf(command)] as const)
  const settings = (['development', 'production'] as const).map((mode) => [
    mode,
    settingsHelp(mode),
  ])
  for (const [name = '', text = ''] of [...texts, ...settings])
    for (const line of text.split('\n')) assert.ok(line.length <= columns, `${name}: ${line}`)
  assert.ok(commands.length > 40)
})

test('every help says what the command does, and shows it being used', () => {
  for (const [name, command] of commands) {
    const text = helpOf(command)
    assert.match(command.description(), /^[A-Z].*[^.]$/, name)
    for (const { description, hidden } of command.options)
      if (!hidden) assert.match(description, /^[A-Z].*\.$/, `${name}: ${description}`)
    if (command.commands.length > 0) continue
    const called = name === 'countersign config show' ? 'countersign config' : name
    assert.ok(text.split('Examples:')[1]?.includes(called), `${name} has no example of itself`)
  }
  const top = helpOf(program)
  assert.match(top, /Exit codes:\n +0 done, 1 /)
  assert.ok(helpOf(program).indexOf('countersign dev') > 0)
})

test('every example uses existing commands and flags', () => {
  let looked = 0
  for (const [name, command] of commands) {
    const examples = helpOf(command).split('Examples:')[1] ?? ''
    for (const line of examples.replaceAll(/ \\\n +/g, ' ').split('\n')) {
      const shown = line.replace(/ +#.*/, '').replaceAll(/'[^']*'/g, '')
      for (const [, words = ''] of shown.matchAll(/(?:[$|&]|<\() ?countersign ([^|&<>()]+)/g)) {
        assertCallable(words.trim().split(/ +/), `${name}: ${line}`)
        looked++
      }
    }
  }
  assert.ok(looked > 50)
})

function assertCallable(words: readonly string[], line: string): void {
  let command = program
  for (const word of words.filter((one) => !one.startsWith('-'))) {
    const next = command.commands.find((one) => one.name() === word)
    if (!next) break
    command = next
  }
  if (command.name() === 'config') command = command.commands[0] ?? command // what it does by itself
  assert.equal(command.commands.length, 0, `${line}: ${command.name()} is no command`)
  const dashes = words.indexOf('--')
  const flags = words
    .slice(0, dashes === -1 ? undefined : dashes)
    .filter((one) => one.startsWith('-'))
  for (const flag of flags.filter((one) => one !== '-'))
    assert.ok(
      command.options.some(({ long }) => long === flag) || flag === '--help',
      `${line}: there is no ${flag}`,
    )
}
