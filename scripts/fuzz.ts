// npm run fuzz [-- --runs 2000000 --seed 7]: hostile inputs against every parser of untrusted input.
import { fuzz } from '@countersign/testing/fuzz'
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '2000000' }, seed: { type: 'string' } },
})
const seed = Number(values.seed ?? randomInt(2 ** 31))
console.error(`seed ${seed}`)
const report = fuzz(Number(values.runs), seed, (line) => console.error(line))
console.log(JSON.stringify({ seed, ...report }, null, 2))
if (report.faults.length > 0) process.exitCode = 1
