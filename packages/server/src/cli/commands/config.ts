import { isCountersignError } from '@countersign/token'
import { describeValue, sampleFile } from '../../config/describe.ts'
import { loadConfig, loadEffective, type ConfigSources, type Effective } from '../../config/load.ts'
import { warningsOf } from '../../config/safety.ts'
import { fail } from '../../failures.ts'
import { groupOf, json, plainCommand, sourcesCommand } from '../command.ts'
import { printTable } from '../table.ts'
import { print, printJson, tone } from '../terminal.ts'

const show = sourcesCommand({
  usage: 'show',
  summary:
    'Print every setting in effect and where it comes from, secrets hidden; the same as `countersign config`',
  options: [['--changed', 'Only settings that are set somewhere.'], json],
  mode: 'production',
  examples: [
    'countersign config',
    'countersign config --changed --config /etc/countersign.toml',
    'countersign config --json | jq \'.settings[] | select(.from != "default")\'',
  ],
  async run(sources, { changed, json: asJson }) {
    const all = loadEffective(sources)
    const shown = changed ? all.filter(({ from }) => from !== 'default') : all
    const verdict = await judge(sources, all)
    if (asJson) printJson(toJson(shown, verdict))
    else await printSettings(shown, verdict)
    if (verdict.fault) throw verdict.fault
  },
})

const sample = plainCommand({
  usage: 'sample',
  summary: 'Print a settings file to start from, with every setting commented out',
  examples: ['countersign config sample > countersign.toml'],
  run: () => print(sampleFile().trimEnd()),
})

/** The group `config`. */
export const config = groupOf('config', 'Show the settings, or print a sample settings file')
  .addCommand(show, { isDefault: true })
  .addCommand(sample)

interface Verdict {
  /** The reason why a server would not start; undefined if it would. */
  readonly fault: Error | undefined
  readonly warnings: readonly string[]
}

async function judge(sources: ConfigSources, all: readonly Effective[]): Promise<Verdict> {
  const invalid = all.find(({ problem }) => problem !== undefined)
  const detail = `${invalid?.named.key} ${invalid?.problem}`
  if (invalid) return { fault: fail('setting_invalid', { detail }), warnings: [] }
  const loaded = loadConfig(sources)
  const { assertUsable, now } = await import('../../maintenance.ts')
  try {
    assertUsable(loaded, now())
    return { fault: undefined, warnings: warningsOf(loaded) }
  } catch (fault) {
    if (isCountersignError(fault)) return { fault, warnings: [] }
    throw fault
  }
}

async function printSettings(shown: readonly Effective[], { warnings }: Verdict): Promise<void> {
  const rows = shown.map((one) => [
    one.named.key,
    one.problem === undefined ? describeValue(one) : tone.failure(one.problem),
    one.from === 'default' ? tone.quiet(one.from) : one.from,
  ])
  await printTable(['setting', 'value', 'from'], rows)
  warnings.forEach((sentence) => print(tone.warning(sentence)))
}

function toJson(shown: readonly Effective[], { fault, warnings }: Verdict) {
  const settings = shown.map((one) => {
    const { named, text, from, problem = null } = one
    const value = text === undefined ? null : text && describeValue(one)
    return { setting: named.key, value, from, problem }
  })
  return { settings, fault: fault?.message ?? null, warnings }
}
