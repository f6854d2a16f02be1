import { describeDefault, describeFlag, wrapped } from '../config/describe.ts'
import type { Mode } from '../config/setting.ts'
import { namedTopics, type NamedSetting } from '../config/settings.ts'
import { tone } from './terminal.ts'

/** What `--help-settings` tells: every setting by topic, with its flag, its variable and its default. */
export function settingsHelp(mode: Mode): string {
  const paragraphs = namedTopics.map(({ title, settings }) =>
    [tone.strong(title), ...settings.map((named) => entryOf(named, mode))].join('\n\n'),
  )
  return [
    'A flag goes before the environment, which goes before the file (--config), which goes before the default.',
    'A secret is never taken as a flag, for a flag can be seen by everybody on this machine: name a file that holds it.',
    '`countersign config` shows what is in force, and `countersign config sample` prints a file to start from.',
    '',
    paragraphs.join('\n\n'),
  ].join('\n')
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
