// Loaded into each measured process before its program: reports its resource usage when its parent requests it.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 }) // starts at the first reset, because sampling each millisecond has a cost

process.on('message', (question) => {
  if (question === 'reset') {
    delay.enable()
    delay.reset()
  }
  const { user, system } = process.cpuUsage()
  process.send?.({
    rssMiB: process.memoryUsage.rss() / 2 ** 20,
    blockedMs: delay.max / 1e6,
    cpuMicroseconds: user + system,
  })
})
process.channel?.unref()
