import type { Claims, JsonObject } from '@countersign/token/internal'
import type { TokenReport } from './check-token.ts'
import { printTable } from './table.ts'
import { dateOf, print, printFields, tone } from './terminal.ts'

const times: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf', 'auth_time'])

/** Prints the header and the claims of a token; times also as dates. */
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

/** Prints the checks up to the first that failed, the likely cause, and what was not checked. */
export async function printTokenReport({ accepted, code, checks, note }: TokenReport) {
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
  if (accepted) print(tone.good('The token is valid.'))
  else print(`${tone.failure('Refused')}: ${code}`)
  const cause = checks.find(({ verdict }) => verdict === 'failed')?.likelyCause
  if (cause !== undefined) print(`Likely cause: ${cause}`)
  if (note !== undefined) print(note)
}
