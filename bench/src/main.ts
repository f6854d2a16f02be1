import { parseArgs } from 'node:util'
import { keep } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'

// npm run bench <name> ... [-- --rounds 9 --quick --write]
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

const names = Object.entries(benchmarks).map(
  ([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`,
)
const usage = `Usage: npm run bench <name> ... [-- --only PART] [-- --rounds N] [-- --quick] [-- --write]

${names.join('\n')}

  --only PART  one part of a benchmark: an algorithm of engine, such as HS256
  --rounds N   how often each variant is measured (5)
  --quick      short rounds, to see that it works; its figures mean nothing
  --write      keep the tables in docs/benchmarks.md`

if (values.help) console.log(usage)
else if (positionals.length === 0 || positionals.some((name) => !Object.hasOwn(benchmarks, name))) {
  console.error(usage)
  process.exitCode = 2
} else {
  for (const name of positionals) await run(name)
}

async function run(name: string): Promise<void> {
  const benchmark = benchmarks[name]
  if (!benchmark) return
  const { quick, only, write } = values
  const rounds = quick ? 2 : Number(values.rounds)
  const progress = (line: string) => console.error(line)
  const tables = await benchmark.run({ rounds, quick, only, progress })
  console.log(tables)
  if (write) keep(name, benchmark, tables)
}
