import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { benchAlgorithms } from './engine.ts'
import { engineTable } from './engine-table.ts'

// npm run bench engine [-- --rounds 9 --quick --write]
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    quick: { type: 'boolean' },
    write: { type: 'boolean' },
  },
})

const usage = `Usage: npm run bench engine [-- --only ALG] [-- --rounds N] [-- --quick] [-- --write]

  engine   verify and sign: ours against jose, fast-jwt, jsonwebtoken and the bare primitive

  --only ALG   one algorithm, such as HS256
  --rounds N   how often each variant is measured (5)
  --quick      two short rounds, to see that it works; its figures mean nothing
  --write      keep the table in docs/benchmarks.md`

if (positionals.length !== 1 || positionals[0] !== 'engine') {
  console.error(usage)
  process.exitCode = 2
} else {
  const options = values.quick
    ? { rounds: 2, milliseconds: 60 }
    : { rounds: Number(values.rounds), milliseconds: 300 }
  const only = benchAlgorithms.find((name) => name === values.only)
  const table = await engineTable({ ...options, only, progress: (line) => console.error(line) })
  console.log(table)
  if (values.write) writeFileSync(new URL('../../docs/benchmarks.md', import.meta.url), page(table))
}

function page(table: string): string {
  return `# Benchmarks

Made by \`npm run bench engine -- --write\`. Microseconds an operation, the median of the rounds; in brackets the
median ratio, then its least and greatest. Each variant runs in a fresh process, the variants in turn and their order reversed every round; the ratio is
to the bare primitive **in the same round**: 1 is as fast as the platform allows. Quote ratios, not microseconds. Every engine
checks signature, expiry, issuer and audience with keys prepared once and the algorithm pinned; ours makes all of its
default checks. The asynchronous engine is shown one at a time and with 64 in flight.

${table}`
}
