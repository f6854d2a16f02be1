import { median } from '../statistics.ts'
import type { Throughput } from './load.ts'

/** The rounds of a variant. The first variant of a table is the limit. */
export interface Row {
  readonly label: string
  readonly rounds: readonly Throughput[]
}

/** Formats rates with their ratio to the limit of the same round, and the latencies. */
export function rateTable(what: string, rows: readonly Row[]): readonly string[] {
  const limits = rows[0]?.rounds.map(({ perSecond }) => perSecond) ?? []
  const lines = rows.map(({ label, rounds }) => {
    const rates = rounds.map(({ perSecond }) => perSecond)
    const shares = rates.map((rate, round) => rate / (limits[round] ?? Number.NaN))
    const least = Math.min(...shares).toFixed(2)
    const x = `${median(shares).toFixed(2)}; ${least}-${Math.max(...shares).toFixed(2)}`
    const [p50, p99] = [median(rounds.map((one) => one.p50)), median(rounds.map((one) => one.p99))]
    return `| ${label} | ${median(rates).toFixed(0)} | ${x} | ${p50.toFixed(2)} / ${p99.toFixed(1)} |`
  })
  return [
    `| | ${what} a second | x of the first row | p50 / p99 ms |`,
    '|---|---:|---:|---:|',
    ...lines,
  ]
}

/** Measures the variants one after the other; each round reverses the order. */
export async function interleaved(
  rounds: number,
  variants: readonly { readonly label: string; measure(): Promise<Throughput> }[],
  progress: (line: string) => void,
): Promise<readonly Row[]> {
  const samples = new Map<string, Throughput[]>(variants.map(({ label }) => [label, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const { label, measure } of round % 2 === 0 ? variants.toReversed() : variants) {
      samples.get(label)?.push(await measure())
      progress(`${label}: round ${round} of ${rounds}`)
    }
  }
  return [...samples].map(([label, taken]) => ({ label, rounds: taken }))
}
