import type { Mode } from './setting.ts'
import type { Effective } from './load.ts'
import { namedTopics, type NamedSetting } from './settings.ts'

/** A setting as the command line shows it: flag, form, sentence. A secret is taken from a file, for a flag is seen by all. */
export function describeFlag({ flag, setting }: NamedSetting): {
  readonly flag: string
  readonly doc: string
} {
  return setting.secret
    ? { flag: `--${flag}-file <FILE>`, doc: `${setting.doc} Give a file that holds it.` }
    : { flag: `--${flag} <${setting.form}>`, doc: setting.doc }
}

/** Where a secret is given instead of on the command line or in the settings' file. */
export function describeSecretFile({ flag, variable }: NamedSetting): string {
  return `${variable}_FILE or --${flag}-file names the file of this secret`
}

/** What a setting is when nobody sets it, in words. */
export function describeDefault({ setting }: NamedSetting, mode: Mode): string {
  const text = setting.default[mode]
  if (text === undefined) return 'none'
  return text === '' ? 'empty' : text
}

/** Whether a value is a secret. A SQLite file is none, though the setting is one. */
export function isHidden({ named, text, problem }: Pick<Effective, 'named' | 'text' | 'problem'>) {
  return named.setting.secret && (problem !== undefined || !/^sqlite:[^\s@]+$/.test(text ?? ''))
}

/** The value in words, for people; of a secret only that there is one. */
export function describeValue({ named, text, problem }: Effective): string {
  if (text === undefined) return 'none'
  if (isHidden({ named, text, problem })) return '[secret]'
  return text === '' ? 'empty' : text
}

/** The reference page of all settings, in Markdown. */
export function settingsReference(): string {
  return [
    '# Settings',
    '',
    'Flags beat the environment, which beats the file (`--config FILE` or `COUNTERSIGN_CONFIG`, TOML), which beats the default.',
    'Durations are written `10s`, `15m`, `1h`, `7d`. An unknown setting is refused. A secret is never taken as a flag.',
    '`countersign config` prints what is in force and where it comes from; [a file to start from](countersign.sample.toml).',
    '',
    ...namedTopics.flatMap(({ title, settings }) => [
      `## ${title}`,
      '',
      '| in the file | in the environment | on the command line | default | what it is for |',
      '|---|---|---|---|---|',
      ...settings.map(rowOf),
      '',
    ]),
  ].join('\n')
}

function rowOf(named: NamedSetting): string {
  const { key, variable, setting } = named
  const { flag } = describeFlag(named)
  const from = setting.secret ? `\`${variable}\`, \`${variable}_FILE\`` : `\`${variable}\``
  return `| \`${key}\` | ${from} | \`${flag.replace(/[<>]/g, '')}\` | ${describeDefaults(named)} | ${setting.doc} |`
}

function describeDefaults(named: NamedSetting): string {
  const development = describeDefault(named, 'development')
  const production = describeDefault(named, 'production')
  return development === production ? production : `${production} (development: ${development})`
}

/** A settings file to start from: every setting with its sentence and its default, commented out. */
export function sampleFile(): string {
  const lines = namedTopics.flatMap(({ title, settings }) => {
    const groups = Map.groupBy(settings, ({ group }) => group)
    return [
      '',
      `# ${title}`,
      ...[...groups].flatMap(([group, members]) => ['', `[${group}]`, ...members.flatMap(linesOf)]),
    ]
  })
  return [
    '# Settings of Countersign, to be given with --config FILE or COUNTERSIGN_CONFIG. What stands behind one # is the default;',
    '# what stands behind two has none: write your own value in its place.',
    '# The environment and flags go before this file; `countersign config` shows what is in force.',
    ...lines,
    '',
  ].join('\n')
}

function linesOf(named: NamedSetting): readonly string[] {
  const { key, variable, setting } = named
  const name = key.slice(key.indexOf('.') + 1)
  const doc = wrapped(setting.doc, 100).map((line) => `# ${line}`)
  if (setting.secret)
    doc.push(`# A secret: better in a file of its own, which ${variable}_FILE names.`)
  return [
    '',
    ...doc,
    `${setting.default.production === undefined ? '##' : '#'} ${name} = ${sampleOf(named)}`,
  ]
}

function sampleOf({ setting }: NamedSetting): string {
  const text = setting.default.production ?? setting.form
  if (setting.form === 'LIST') return '[]'
  return /^\d+$/.test(text) ? text : JSON.stringify(text) // a TOML string, for none of ours has a line break
}

/** Text in lines of so many columns at most. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}
