import type { Seconds } from '@countersign/token/internal'
import type { Log, Metrics, Random } from '../domain/kernel/ports.ts'
import type { Job } from './jobs.ts'

/** Recurring jobs, until they are stopped. */
export interface Scheduler {
  /** Starts no further runs, and waits for those that are running. */
  stop(): Promise<void>
}

/** The ports that the scheduler itself uses. */
interface SchedulerPorts {
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
}

const maxInitialDelay: Seconds = 60 // spreads servers that start together, as in a deployment
const retryDelay: Seconds = 30 // by then a database has restarted

/**
 * Runs each job repeatedly: first soon after the start, then one period after its last run ended, so that runs of a job never overlap. A job
 * that fails is logged and retried soon. Does not keep the process alive.
 */
export function createScheduler<Needs>(
  jobs: readonly Job<Needs>[],
  runtime: Needs & SchedulerPorts,
): Scheduler {
  const stops = jobs.map((job) => repeat(job, runtime))
  return {
    async stop() {
      await Promise.all(stops.map((stop) => stop()))
    },
  }
}

function repeat<Needs>(
  { name, every, run }: Job<Needs>,
  runtime: Needs & SchedulerPorts,
): () => Promise<void> {
  const { random, log, metrics } = runtime
  const fraction = () => random.bytes(4).readUInt32LE() / 2 ** 32
  let stopped = false
  let currentRun = Promise.resolve()
  let timer: NodeJS.Timeout

  async function runOnce() {
    let delay = every * (0.9 + 0.2 * fraction())
    try {
      await run(runtime)
      metrics.count('job_runs_total', { job_name: name, outcome: 'done' })
    } catch (error) {
      metrics.count('job_runs_total', { job_name: name, outcome: 'failed' })
      log.error({ job: name, error }, 'a job failed and will be retried')
      delay = Math.min(every, retryDelay) * (0.5 + 0.5 * fraction())
    }
    if (!stopped) schedule(delay)
  }
  function schedule(delay: Seconds) {
    timer = setTimeout(() => (currentRun = runOnce()), delay * 1000).unref()
  }
  schedule(Math.min(every, maxInitialDelay) * fraction())
  return () => {
    stopped = true
    clearTimeout(timer)
    return currentRun
  }
}
