import { cpus } from 'node:os'

/** Begins to watch the processors of this machine. Returns a function that returns the share of the time since then in which they were busy. */
export function watchProcessors(): () => number {
  const before = times()
  return () => {
    const after = times()
    return (after.used - before.used) / (after.all - before.all)
  }
}

/** Returns the time that the processors have worked, and all of their time. */
function times() {
  const each = cpus().map((one) => one.times)
  const used = each.reduce((sum, { user, nice, sys, irq }) => sum + user + nice + sys + irq, 0)
  return { used, all: each.reduce((sum, { idle }) => sum + idle, used) }
}
