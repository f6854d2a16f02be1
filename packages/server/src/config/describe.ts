import type { Mode } from './setting.ts'
import { namedSettings, type NamedSetting } from './settings.ts'

/** A setting as the command line shows it: flag, form, sentence. A secret is taken from a file, for a flag is seen by all. */
export function describeFlag({ flag, setting }: NamedSetting): {
  readonly flag: string
  readonly doc: string
} {
  return setting.secret
    ? { flag: `--${flag}-file <FILE>`, doc: `${setting.doc} The file holds it.` }
    : { flag: `--${flag} <${setting.form}>`, doc: setting.doc }
}

/** What a setting is when nobody sets it, in words. */
export function describeDefault({ setting }: NamedSetting, mode: Mode): string {
  const text = setting.default[mode]
  if (text === undefined) return 'none'
  return text === '' ? 'empty' : text
}

/** The reference page of all settings, in Markdown. */
export function settingsReference(): string {
  const rows = namedSettings.map((named) => {
    const { key, variable, setting } = named
    const { flag } = describeFlag(named)
    const [development, production] = (['development', 'production'] as const).map((mode) =>
      describeDefault(named, mode),
    )
    const fallback =
      development === production ? production : `${production} (development: ${development})`
    const from = setting.secret ? `\`${variable}\`, \`${variable}_FILE\`` : `\`${variable}\``
    return `| \`${key}\` | ${from} | \`${flag.replace(/[<>]/g, '')}\` | ${fallback} | ${setting.doc} |`
  })
  return [
    '# Settings',
    '',
    'Flags beat the environment, which beats the file (`--config FILE` or `COUNTERSIGN_CONFIG`, TOML), which beats the default.',
    'Durations are written `10s`, `15m`, `1h`, `7d`. An unknown setting is refused. A secret is never taken as a flag.',
    '',
    '| in the file | in the environment | on the command line | default | what it is for |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}
