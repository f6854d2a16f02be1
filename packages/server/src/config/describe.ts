import type { Mode } from './setting.ts'
import type { Effective } from './load.ts'
import { namedTopics, providerSettings, type NamedSetting } from './settings.ts'

/** Describes the flag of a setting. The flag of a secret names a file, because other users of the machine can see flags. */
export function describeFlag({ flag, setting }: NamedSetting): {
  readonly flag: string
  readonly doc: string
} {
  return setting.secret
    ? { flag: `--${flag}-file <FILE>`, doc: `${setting.doc} Give the file that holds it.` }
    : { flag: `--${flag} <${setting.form}>`, doc: setting.doc }
}

/** Returns how to give a secret, instead of on the command line or in the settings file. */
export function describeSecretFile({ flag, variable, key }: NamedSetting): string {
  return `put this secret in a file, and name the file in ${variable}_FILE, --${flag}-file or ${key}_file`
}

/** Describes the default of a setting. */
export function describeDefault({ setting }: NamedSetting, mode: Mode): string {
  const text = setting.default[mode]
  if (text === undefined) return 'none'
  return text === '' ? 'empty' : text
}

/** Returns whether a value must not be shown. The path of a SQLite file may be, although `database.url` is a secret setting. */
export function isHidden({ named, text, problem }: Pick<Effective, 'named' | 'text' | 'problem'>) {
  return named.setting.secret && (problem !== undefined || !/^sqlite:[^\s@]+$/.test(text ?? ''))
}

/** Describes a value for people; a secret as `[secret]`. */
export function describeValue({ named, text, problem }: Effective): string {
  if (text === undefined) return 'none'
  if (isHidden({ named, text, problem })) return '[secret]'
  return text === '' ? 'empty' : text
}

/** Returns the reference page of all settings, in Markdown. */
export function settingsReference(): string {
  return [
    '# Settings',
    '',
    'A flag overrides the environment, which overrides the file (`--config FILE` or `COUNTERSIGN_CONFIG`, TOML), which overrides the default.',
    'An empty variable is unset; blanks around its value do not count. Variables that Kubernetes sets for a Service named `countersign` are ignored.',
    'Durations are written `10s`, `15m`, `1h`, `7d`. An unknown setting is an error. A secret cannot be given as a flag.',
    '`countersign config` prints the settings in effect and where each comes from. A [sample file](countersign.sample.toml) to start from.',
    '',
    ...namedTopics.flatMap(({ title, settings }) => [
      `## ${title}`,
      '',
      '| in the file | in the environment | on the command line | default | meaning |',
      '|---|---|---|---|---|',
      ...settings.map(rowOf),
      '',
    ]),
    '## Identity providers',
    '',
    `Each identity provider has a group of its own: \`federation.${anyName}\`. ${anyName} is its name, lower-case letters and digits, such as \`google\`. These settings have no flags.`,
    '',
    '| in the file | in the environment | default | meaning |',
    '|---|---|---|---|',
    ...providerSettings(anyName).map(providerRowOf),
    '',
  ].join('\n')
}

const anyName = 'NAME'

function providerRowOf(named: NamedSetting): string {
  const { key, setting } = named
  return `| \`${key}\` | ${variablesOf(named)} | ${describeDefaults(named)} | ${setting.doc} |`
}

function variablesOf({ variable, setting }: NamedSetting): string {
  return setting.secret ? `\`${variable}\`, \`${variable}_FILE\`` : `\`${variable}\``
}

function rowOf(named: NamedSetting): string {
  const { key, setting } = named
  const { flag } = describeFlag(named)
  return `| \`${key}\` | ${variablesOf(named)} | \`${flag.replace(/[<>]/g, '')}\` | ${describeDefaults(named)} | ${setting.doc} |`
}

function describeDefaults(named: NamedSetting): string {
  const development = describeDefault(named, 'development')
  const production = describeDefault(named, 'production')
  return development === production ? production : `${production} (development: ${development})`
}

/** Returns a sample settings file: every setting with its sentence and its default, commented out. */
export function sampleFile(): string {
  const lines = namedTopics.flatMap(({ title, settings }) => {
    const groups = Map.groupBy(settings, ({ group }) => group)
    return [
      '',
      `# ${title}`,
      ...[...groups].flatMap(([group, members]) => [
        '',
        `[${group}]`,
        ...members.flatMap((one) => linesOf(one)),
      ]),
    ]
  })
  return [
    '# Settings of Countersign. Use this file with --config FILE or COUNTERSIGN_CONFIG. A value after one # is the default;',
    '# a setting after two # has no default: write your own value.',
    '# The environment and flags override this file; `countersign config` shows the settings in effect.',
    ...lines,
    '',
    '# Identity providers',
    '',
    '# A group for each provider that users can sign in with: google, microsoft, github, gitlab, discord, slack,',
    '# or a name of your own.',
    '## [federation.google]',
    ...providerSettings('google').flatMap((named) => linesOf(named, '##')),
    '',
  ].join('\n')
}

function linesOf(
  named: NamedSetting,
  marks = named.setting.default.production === undefined ? '##' : '#',
): readonly string[] {
  const { key, variable, setting } = named
  const name = key.slice(key.lastIndexOf('.') + 1)
  const doc = wrapped(setting.doc, 100).map((line) => `# ${line}`)
  if (setting.secret)
    doc.push(`# A secret: better in a file of its own, named by ${variable}_FILE.`)
  return ['', ...doc, `${marks} ${name} = ${sampleOf(named)}`]
}

function sampleOf({ setting }: NamedSetting): string {
  const text = setting.default.production ?? setting.form
  if (setting.form === 'LIST')
    return JSON.stringify((setting.default.production ?? '').split(',').filter((one) => one !== ''))
  return /^\d+$/.test(text) ? text : JSON.stringify(text) // also a TOML string, because no default has a line break
}

/** Wraps text into lines of at most `width` columns. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`.trim()
    if (longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}
