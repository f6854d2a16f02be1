// Loaded into each measured process before its own program: answers how it fares, when asked over the channel to its parent.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const delay = monitorEventLoopDelay({ resolution: 1 }) // watches from the first reset on: a look every millisecond costs something

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
