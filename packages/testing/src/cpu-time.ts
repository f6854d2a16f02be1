import { readFileSync } from 'node:fs'

/**
 * Returns the milliseconds of CPU time that this process has used. Tests measure cost with it instead of with a clock, which would also
 * count the time in which other programs have the processor.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Returns the milliseconds of CPU time of this process and of its children that have ended, with theirs. Missing are processes whose parent
 * did not wait for them, such as most of Chromium's, and, where there is no `/proc`, all children.
 */
export function cpuTimeWithChildren(): number {
  if (process.platform !== 'linux') return cpuTime()
  const [, fields = ''] = readFileSync('/proc/self/stat', 'utf8').split(') ') // the name before may have spaces
  const ticks = fields.split(' ').slice(11, 15).map(Number) // utime, stime, cutime, cstime
  return ticks.reduce((sum, one) => sum + one, 0) * 10 // Linux reports a hundred ticks a second
}
