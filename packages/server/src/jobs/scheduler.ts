import type { Seconds } from '@countersign/token/internal'
import type { Metrics } from '../domain/kernel/ports.ts'
import type { Job, JobDeps } from './jobs.ts'

/** Jobs that run now and then, until they are stopped. */
export interface Scheduler {
  /** Starts no run any more, and waits for those under way. */
  stop(): Promise<void>
}

/** What the scheduler needs, besides what the jobs need. */
interface SchedulerDeps extends JobDeps {
  readonly metrics: Metrics
}

const firstWithin: Seconds = 60 // servers that start together, as in a deployment, are not to work together for ever
const retryAfter: Seconds = 30 // a database that restarts is back by then

/**
 * Runs each job again and again: first soon after the start, then a period after its last run ended, so that it never overlaps itself.
 * One that fails is logged and tried again soon. Keeps no process alive.
 */
export function createScheduler(jobs: readonly Job[], deps: SchedulerDeps): Scheduler {
  const stops = jobs.map((job) => repeat(job, deps))
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

function repeat({ name, every, run }: Job, deps: SchedulerDeps): () => Promise<void> {
  const { random, log, metrics } = deps
  const share = () => random.bytes(4).readUInt32LE() / 2 ** 32
  let stopped = false
  let underWay = Promise.resolve()
  let timer: NodeJS.Timeout

  async function once() {
    let next = every * (0.9 + 0.2 * share())
    try {
      await run(deps)
      metrics.count('job_runs_total', { job: name, outcome: 'done' })
    } catch (error) {
      metrics.count('job_runs_total', { job: name, outcome: 'failed' })
      log.error({ job: name, error }, 'a job failed and will be tried again')
      next = Math.min(every, retryAfter) * (0.5 + 0.5 * share())
    }
    if (!stopped) after(next)
  }
  function after(delay: Seconds) {
    timer = setTimeout(() => (underWay = once()), delay * 1000).unref()
  }
  after(Math.min(every, firstWithin) * share())
  return () => {
    stopped = true
    clearTimeout(timer)
    return underWay
  }
}
