import type { Command } from 'commander'
import { declarationOf } from './command.ts'
import { exitCodeNames, exitCodes } from './exit-codes.ts'

/** The reference page of all commands, in Markdown. */
export function commandsReference(
  headings: readonly (readonly [heading: string, commands: readonly Command[]])[],
): string {
  const rows = Object.entries(exitCodes).map(([name, { code, doc }]) => {
    const failures = Object.keys(exitCodeNames).filter((one) => exitCodeNames[one] === name)
    const codes = name === 'failed' ? 'every other' : failures.map((one) => `\`${one}\``).join(', ')
    return `| ${code} | ${doc} | ${codes} |`
  })
  return [
    '# Commands',
    '',
    '`countersign --help`, and `--help` after any command, print the same. A command that reads [settings](settings.md) accepts each of them as a',
    'flag, and `--config FILE`; `--help-settings` lists them. Results go to standard output, everything else to standard error; colours',
    'appear at a terminal only. With `--json` a result is one JSON document, times in it are seconds since 1970, and a failure is',
    'JSON on standard error.',
    '',
    ...headings.flatMap(([, commands]) =>
      commands.flatMap((command) => sectionOf(command, 'countersign')),
    ),
    '## Exit codes',
    '',
    '| code | meaning | failures |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function sectionOf(command: Command, before: string): readonly string[] {
  const name = `${before} ${command.name()}`
  const nested = command.commands.flatMap((one) => sectionOf(one, name))
  const declaration = declarationOf(command)
  const depth = before === 'countersign' ? '##' : '###'
  if (!declaration) return [`${depth} ${name}`, '', `${command.description()}.`, '', ...nested]
  const { usage, summary, options = [], examples } = declaration
  const full = `${name}${usage.slice(command.name().length)}`
  return [
    `${depth} ${full.replaceAll('<', '\\<')}`,
    '',
    `${summary}.`,
    '',
    ...(options.length === 0 ? [] : ['| option | meaning |', '|---|---|']),
    ...options.map(([flag, doc]) => `| \`${flag}\` | ${doc} |`),
    ...(options.length === 0 ? [] : ['']),
    '```sh',
    ...examples,
    '```',
    '',
    ...nested,
  ]
}
