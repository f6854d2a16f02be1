/**
 * Returns the milliseconds of CPU time that this process has used. Tests measure cost with it instead of with a clock, which would also
 * count the time in which other programs have the processor.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
