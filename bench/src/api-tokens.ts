import { execFileSync } from 'node:child_process'
import { figureTable, type Benchmark, type BenchmarkOptions } from './benchmark.ts'

/** Measures what an API token costs a guard, beside an access token of the same claims. */
export const apiTokensBenchmark: Benchmark = {
  title: 'API tokens at a guard',
  summary: 'a request with an API token beside one with an access token; exchanges at the issuer',
  method: `1,000 API tokens and 1,000 access tokens in turn, all in memory, at one route of \`node:http\` behind a guard that follows the status list. A worker
thread sends the requests, and the processor time of the server's own thread counts. Both kinds are measured alternately, in reversed order every round: median;
minimum-maximum of the ratios within a round. "Check alone" is the call of the guard without HTTP, with a new string each time. The issuer counts exchanges.`,
  run,
}

const goal = 1.2 // times the processor time of a request with an access token

async function run({ rounds, quick }: BenchmarkOptions): Promise<string> {
  const child = new URL('api-tokens-child.ts', import.meta.url).pathname
  const requests = quick ? 10_000 : 200_000
  const output = execFileSync(
    process.execPath,
    ['--conditions=@countersign/source', child, `${requests}`, `${rounds}`],
    { encoding: 'utf8' },
  )
  const of = JSON.parse(output) as Readonly<Record<string, number>>
  const figure = (name: string, digits = 0) => of[name]?.toFixed(digits) ?? '-'
  const goalRow = (name: string, least: string, greatest: string) => {
    const reached = (of[name] ?? Number.NaN) <= goal ? 'yes' : '**no**'
    return `${figure(name, 2)}; ${figure(least, 2)}-${figure(greatest, 2)} (${reached})`
  }
  const rows: readonly (readonly [string, string])[] = [
    ['a request with an access token', `${figure('jwtUs', 1)} us`],
    ['a request with an API token', `${figure('apiUs', 1)} us`],
    [`API token / access token, wanted <= ${goal}`, goalRow('ratio', 'least', 'greatest')],
    ['check alone, access token', `${figure('jwtNs')} ns`],
    ['check alone, API token', `${figure('apiNs')} ns`],
    [
      `API token / access token, wanted <= ${goal}`,
      goalRow('checkRatio', 'checkLeast', 'checkGreatest'),
    ],
    ['API tokens', figure('tokens')],
    ['requests with them', figure('requests')],
    ['exchanges at the issuer', figure('exchanges')],
  ]
  return figureTable(rows)
}
