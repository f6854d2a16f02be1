import type { Claims, Explanation, JsonObject } from '@countersign/token'
import { dateOf, print, printFields, printTable, tone } from './terminal.ts'

const times: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'auth_time'])

/** Prints what a token says, its times in words too. */
export function printToken(header: JsonObject, claims: Claims): void {
  print(tone.strong('Header'))
  printFields(Object.entries(header).map(([name, value]) => [name, JSON.stringify(value)]))
  print(tone.strong('Claims'))
  printFields(
    Object.entries(claims).map(([name, value]) => [
      name,
      times.has(name) && typeof value === 'number'
        ? `${value}  ${tone.quiet(dateOf(value))}`
        : JSON.stringify(value),
    ]),
  )
}

/** Prints a verifier's checks up to the one that failed, and the likely cause. */
export async function printExplanation({ accepted, code, checks }: Explanation): Promise<void> {
  const reached = checks.filter(({ verdict }) => verdict !== 'not reached')
  await printTable(
    ['', 'check', 'expected', 'found'],
    reached.map(({ name, verdict, expected, found }) => [
      verdict === 'passed' ? tone.good('ok') : tone.failure('no'),
      name,
      expected,
      found,
    ]),
  )
  if (accepted) return print(tone.good('This token is good.'))
  print(`${tone.failure('Refused')}: ${code}`)
  const cause = checks.find(({ verdict }) => verdict === 'failed')?.likelyCause
  if (cause !== undefined) print(`Likely cause: ${cause}`)
}
