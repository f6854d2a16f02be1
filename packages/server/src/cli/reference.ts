import type { Command } from 'commander'
import { describedBy } from './command.ts'
import { codeOf, exitCodes } from './exit-codes.ts'

/** The reference page of all commands, in Markdown. */
export function commandsReference(
  headings: readonly (readonly [heading: string, commands: readonly Command[]])[],
): string {
  const rows = Object.entries(exitCodes).map(([name, { code, doc }]) => {
    const failures = Object.keys(codeOf).filter(
      (one) => codeOf[one as keyof typeof codeOf] === name,
    )
    const told = name === 'failed' ? 'every other' : failures.map((one) => `\`${one}\``).join(', ')
    return `| ${code} | ${doc} | ${told} |`
  })
  return [
    '# Commands',
    '',
    '`countersign --help`, and `--help` after any command, say the same. Every command that reads [settings](settings.md) takes each of them as a',
    'flag, and `--config FILE`; `--help-settings` lists them. Results go to standard output, everything else to standard error; colours and',
    'tables appear where a person looks. With `--json` a result is one JSON document, times in it are seconds since 1970, and a failure is',
    'JSON on standard error.',
    '',
    ...headings.flatMap(([, commands]) =>
      commands.flatMap((command) => sectionOf(command, 'countersign')),
    ),
    '## Exit codes',
    '',
    '| code | what it says | failures |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function sectionOf(command: Command, before: string): readonly string[] {
  const name = `${before} ${command.name()}`
  const nested = command.commands.flatMap((one) => sectionOf(one, name))
  const said = describedBy(command)
  const depth = before === 'countersign' ? '##' : '###'
  if (!said) return [`${depth} ${name}`, '', `${command.description()}.`, '', ...nested]
  const { usage, summary, options = [], examples } = said
  const full = `${name}${usage.slice(command.name().length)}`
  return [
    `${depth} ${full.replaceAll('<', '\\<')}`,
    '',
    `${summary}.`,
    '',
    ...(options.length === 0 ? [] : ['| option | what it does |', '|---|---|']),
    ...options.map(([flag, doc]) => `| \`${flag}\` | ${doc} |`),
    ...(options.length === 0 ? [] : ['']),
    '```sh',
    ...examples,
    '```',
    '',
    ...nested,
  ]
}
