import { isCountersignError } from '@countersign/token'
import { json, settingsCommand } from '../command.ts'
import type { Installation } from '../doctor/checks.ts'
import type { Finding } from '../doctor/assessments.ts'
import { exitCodes } from '../exit-codes.ts'
import { printTable } from '../table.ts'
import { print, printJson, printProgress, tone } from '../terminal.ts'

/** Checks an installation and says what to do about each problem. */
export const doctor = settingsCommand({
  usage: 'doctor',
  summary:
    'Check this installation and say what to do; changes nothing; exit code 3 if a check fails',
  options: [json],
  mode: 'production',
  examples: [
    'countersign doctor',
    'countersign doctor --json | jq \'.[] | select(.verdict != "ok")\'',
  ],
  async run(config, { json: asJson }) {
    const { inspectDatabase } = await import('../../maintenance.ts')
    const { checks, runCheck } = await import('../doctor/checks.ts')
    const results: Result[] = []
    const database = await inspectDatabase(config).catch((error: unknown) => {
      if (!isCountersignError(error)) throw error
      const advice = 'check that it is started and that database.url is right'
      results.push({ check: 'database', verdict: 'fail', found: error.message, advice })
      return undefined
    })
    const unreachable = results.length > 0
    const installation: Installation = { config, database }
    for (const check of checks) {
      const { name } = check
      printProgress(`Checking ${name}\u2026          `)
      if (unreachable && name === 'migrations') continue
      const findings = await runCheck(check, installation)
      results.push(...findings.map((finding) => ({ check: name, ...finding })))
    }
    printProgress(' '.repeat(40))
    if (results.some(({ verdict }) => verdict === 'fail')) process.exitCode = exitCodes.bad.code
    if (asJson) return printJson(results)
    await printResults(results)
  },
})

type Result = Finding & { readonly check: string }

const shown = { ok: tone.good('ok'), warn: tone.warning('warn'), fail: tone.failure('fail') }

async function printResults(results: readonly Result[]): Promise<void> {
  const rows = results.map(({ check, verdict, found, advice = '' }) => [
    shown[verdict],
    check,
    found,
    advice,
  ])
  await printTable(['', 'check', 'found', 'what to do'], rows)
  const count = (one: string) => results.filter(({ verdict }) => verdict === one).length
  const [warned, failed] = [count('warn'), count('fail')]
  if (failed > 0) print(tone.failure(`${failed} failed, ${warned} with warnings`))
  else
    print(
      warned > 0
        ? tone.warning(`No check failed, ${warned} with warnings`)
        : tone.good('All checks passed'),
    )
}
