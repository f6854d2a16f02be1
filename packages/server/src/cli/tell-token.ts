import type { Claims, JsonObject } from '@countersign/token/internal'
import type { TokenVerdict } from './judge-token.ts'
import { printTable } from './table.ts'
import { dateOf, print, printFields, tone } from './terminal.ts'

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

/** Prints a verifier's checks up to the one that failed, the likely cause, and how the session stands. */
export async function printVerdict({ accepted, code, checks, session }: TokenVerdict) {
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
  if (accepted) print(tone.good('This token is good.'))
  else print(`${tone.failure('Refused')}: ${code}`)
  const cause = checks.find(({ verdict }) => verdict === 'failed')?.likelyCause
  if (cause !== undefined) print(`Likely cause: ${cause}`)
  if (session !== undefined) print(session)
}
