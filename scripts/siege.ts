// npm run siege [-- --connections 10000 --rounds 3]: hostile clients against a server in a process of its own, over a real port.
import { returningMalloc } from '@countersign/testing/memory'
import { siege } from '@countersign/testing/siege'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '10000' },
    mutations: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '3' },
  },
})
const [connections, mutations, rounds] = [values.connections, values.mutations, values.rounds].map(
  Number,
)
const report = await siege({
  connections: connections!,
  mutations: mutations!,
  rounds: rounds!,
  waits: true,
  malloc: returningMalloc(),
  progress: (line) => console.error(line),
})
const malloc = returningMalloc() ?? "the C library's malloc, which keeps what it has had"
console.log(`with ${malloc}`)
console.log('memory in MiB, before and after each round, of the process and of its objects:')
console.log(report.memory.map(({ rss, heap }) => `${rss} (${heap})`).join(', '))
for (const fault of report.faults) console.log(`FAULT ${fault}`)
process.exitCode = report.faults.length > 0 ? 1 : 0
