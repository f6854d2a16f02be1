import { isCountersignError } from '@countersign/token'
import { inspectDatabase } from '../../maintenance.ts'
import { json, settingsCommand } from '../command.ts'
import { checks, type Patient } from '../doctor/checks.ts'
import type { Finding } from '../doctor/judgments.ts'
import { exitCodes } from '../exit-codes.ts'
import { printTable } from '../table.ts'
import { print, printJson, printProgress, tone } from '../terminal.ts'

/** ChangeSubscribers at an installation and says what to do. */
export const doctor = settingsCommand({
  usage: 'doctor',
  summary:
    'Look at this installation and say what to do; it changes nothing; exit code 3 when something is wrong',
  options: [json],
  mode: 'production',
  examples: [
    'countersign doctor',
    'countersign doctor --json | jq \'.[] | select(.verdict != "ok")\'',
  ],
  async run(config, asJson = '') {
    const told: Told[] = []
    const database = await inspectDatabase(config).catch((error: unknown) => {
      if (!isCountersignError(error)) throw error
      const advice = 'is it started, and is database.url right?'
      told.push({ check: 'database', verdict: 'fail', found: error.message, advice })
      return undefined
    })
    const unreachable = told.length > 0
    const patient: Patient = { config, database }
    for (const { name, look } of checks) {
      printProgress(`Looking at ${name}\u2026          `)
      if (unreachable && name === 'migrations') continue
      const findings = await look(patient)
      told.push(...findings.map((finding) => ({ check: name, ...finding })))
    }
    printProgress(' '.repeat(40))
    if (told.some(({ verdict }) => verdict === 'fail')) process.exitCode = exitCodes.found.code
    if (asJson) return printJson(told)
    await printFindings(told)
  },
})

type Told = Finding & { readonly check: string }

const shown = { ok: tone.good('ok'), warn: tone.warning('warn'), fail: tone.failure('fail') }

async function printFindings(told: readonly Told[]): Promise<void> {
  const rows = told.map(({ check, verdict, found, advice = '' }) => [
    shown[verdict],
    check,
    found,
    advice,
  ])
  await printTable(['', 'check', 'found', 'what to do'], rows)
  const count = (one: string) => told.filter(({ verdict }) => verdict === one).length
  const [warned, failed] = [count('warn'), count('fail')]
  if (failed > 0) print(tone.failure(`${failed} wrong, ${warned} to look at`))
  else
    print(
      warned > 0 ? tone.warning(`Nothing wrong, ${warned} to look at`) : tone.good('All is well'),
    )
}
