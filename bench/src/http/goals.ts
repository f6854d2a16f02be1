import { median } from '../statistics.ts'
import type { Sample } from './http.ts'
import { idOf, type Variant } from './variants.ts'

type Group = Variant['group']

/** The samples of each variant, round by round. */
export type Samples = ReadonlyMap<string, readonly Sample[]>

/** A goal for the ratio of two variants of one run: `own` over `other`. */
interface Goal {
  readonly number: string
  readonly what: string
  readonly own: readonly [Group, string]
  readonly other: readonly [Group, string]
  readonly of: (sample: Sample) => number
  readonly wanted: readonly ['>=' | '<=', number]
}

const perSecond = ({ perSecond: value }: Sample) => value

function faster(number: string, own: Goal['own'], other: Goal['other'], least: number): Goal {
  const what = `${own.join(' ')} / ${other.join(' ')}`
  return { number, what, own, other, of: perSecond, wanted: ['>=', least] }
}

function atMost(what: string, group: Group, of: Goal['of'], most: number): Goal {
  const [own, other] = [[group, 'ours'] as const, [group, 'none'] as const]
  return { number: 'H5', what: `${group}: ${what}`, own, other, of, wanted: ['<=', most] }
}

const groups = ['raw', 'fastify', 'hono', 'express'] as const

const goals: readonly Goal[] = [
  ...(
    [
      ['express', 0.97],
      ['fastify', 0.92],
      ['raw', 0.9],
      ['hono', 0.82],
    ] as const
  ).map(([group, least]) => faster('H1', [group, 'ours'], [group, 'none'], least)),
  faster('H1', ['hono', 'ours'], ['hono', 'empty'], 0.93),
  ...(
    [
      ['express', 0.9],
      ['fastify', 0.68],
      ['raw', 0.65],
      ['hono', 0.62],
    ] as const
  ).map(([group, least]) => faster('H2', [group, 'ours-cold'], [group, 'none'], least)),
  faster('H3', ['fastify', 'ours'], ['fastify', 'theirs-cached'], 1.9),
  faster('H3', ['express', 'ours'], ['express', 'theirs'], 2),
  faster('H3', ['hono', 'ours'], ['hono', 'theirs-key'], 2.2),
  faster('H4', ['fastify', 'ours'], ['tutorial', 'theirs'], 12),
  faster('H4', ['raw', 'ours'], ['tutorial', 'theirs'], 12),
  ...groups.flatMap((group) => [
    atMost('start to the first answer', group, ({ startMs }) => startMs, 1.15),
    atMost('memory at the start', group, ({ startMiB }) => startMiB, 1.1),
  ]),
]

/** Each goal, and whether it was reached: the median of the ratios within a round. */
export function goalTable(samples: Samples): readonly string[] {
  const lines = goals.flatMap(({ number, what, own, other, of, wanted: [relation, bound] }) => {
    const [a, b] = [own, other].map(([group, name]) => samples.get(idOf({ group, name })) ?? [])
    if (!a?.length || !b?.length) return []
    const shares = sharesOf(a, b, of)
    const reached = median(shares)
    const isReached = relation === '>=' ? reached >= bound : reached <= bound
    const byProcessor =
      of === perSecond
        ? median(sharesOf(b, a, ({ cpuMicroseconds }) => cpuMicroseconds))
        : Number.NaN
    return `| ${[
      number,
      what,
      `${relation} ${bound}`,
      `${reached.toFixed(2)}; ${Math.min(...shares).toFixed(2)}-${Math.max(...shares).toFixed(2)}`,
      isReached ? 'yes' : '**no**',
      Number.isNaN(byProcessor) ? '-' : byProcessor.toFixed(2),
    ].join(' | ')} |`
  })
  return [
    '| | goal | wanted | reached | | by processor time |',
    '|---|---|---:|---:|---|---:|',
    ...lines,
  ]
}

/** The first over the second, round by round. */
function sharesOf(a: readonly Sample[], b: readonly Sample[], of: Goal['of']): readonly number[] {
  return a.map((sample, round) => of(sample) / of(b[round] ?? sample))
}
