import { describeDefault, describeFlag, wrapped } from '../config/describe.ts'
import type { Mode } from '../config/setting.ts'
import { namedTopics, type NamedSetting } from '../config/settings.ts'
import { tone } from './terminal.ts'

/** The text of `--help-settings`: every setting by topic, with its flag, its variable and its default. */
export function settingsHelp(mode: Mode): string {
  const paragraphs = namedTopics.map(({ title, settings }) =>
    [tone.strong(title), ...settings.map((named) => entryOf(named, mode))].join('\n\n'),
  )
  const rules = [
    'A flag overrides the environment, which overrides the file (--config), which overrides the default.',
    'A secret cannot be given as a flag, because every user of this machine can see flags: give a file that holds it.',
    '`countersign config` shows the settings in effect; `countersign config sample` prints a file to start from.',
  ]
  return [
    ...rules.flatMap((sentence) => wrapped(sentence, columns)),
    '',
    paragraphs.join('\n\n'),
  ].join('\n')
}

const columns = 80 // the usual width of a terminal

/** Breaks an example into lines of at most 80 columns, before an option, a pipe or a redirection. */
export function exampleLines(example: string): readonly string[] {
  const whole = `  $ ${example}`
  if (whole.length <= columns) return [whole]
  const words = example.match(/(?:'[^']*'|[^' ])+/g) ?? []
  const lines: string[] = []
  let line = '  $'
  for (const [at, word] of words.entries()) {
    const next = words.findIndex((one, place) => place > at && /^(--|[|<>&])/.test(one))
    const part = words.slice(at, next === -1 ? undefined : next).join(' ')
    if (/^(--|[|<>&])/.test(word) && `${line} ${part} \\`.length > columns) {
      lines.push(`${line} \\`)
      line = '     '
    }
    line = `${line} ${word}`
  }
  return [...lines, line]
}

function entryOf(named: NamedSetting, mode: Mode): string {
  const { flag, doc } = describeFlag(named)
  const variable = `${named.variable}${named.setting.secret ? '_FILE' : ''}`
  const fallback = `Default: ${describeDefault(named, mode)}.`
  return [
    `  ${flag}`,
    ...wrapped(doc.replaceAll('`', ''), 76).map((line) => `    ${line}`),
    tone.quiet(`    ${variable}  ${fallback}`),
  ].join('\n')
}
