// Measures how long after the answer of `key rotate --now` two servers and four guards accept a token of the old key, on SQLite:
// `node --conditions=@countersign/source e2e/operations/measure-rotate-now.ts 100`.
import { scratch } from '@countersign/testing/files'
import { startRotations } from './rotate-now.fixture.ts'

const rounds = Number(process.argv[2] ?? 20)
using folder = scratch()
await using world = await startRotations({
  COUNTERSIGN_DATABASE_URL: `sqlite:${folder.path}/auth.db`,
})
const delays: number[] = []
for (let round = 0; round < rounds; round++) delays.push(await world.rotate())
const sorted = delays.toSorted((a, b) => a - b)
const quantile = (share: number) => sorted[Math.ceil(share * rounds) - 1]
console.log(
  `${rounds} rounds: median ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms after the answer`,
)
