import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import type { GuardOrder, GuardReport } from './revocation-guard.ts'

const program = new URL('revocation-guard.ts', import.meta.url)

/** A guard in a process of its own. */
export interface GuardProcess extends AsyncDisposable {
  ask<K extends GuardReport['kind']>(
    order: GuardOrder,
    kind: K,
  ): Promise<Extract<GuardReport, { kind: K }>>
}

/** Starts a guard of an issuer that is served at an address. */
export function startGuard(issuer: string, where: string): GuardProcess {
  const execArgv = ['--conditions=@countersign/source', '--no-warnings']
  const child = fork(program, [issuer, where], {
    execArgv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return {
    async ask(order, kind) {
      child.send(order)
      const gone = new AbortController()
      const onExit = () => gone.abort(new Error('a guard ended: see above'))
      child.once('exit', onExit)
      const [report] = (await once(child, 'message', { signal: gone.signal })) as [GuardReport]
      child.off('exit', onExit)
      if (report.kind !== kind) throw new Error(`a guard said ${report.kind}`)
      return report as never // its kind is the requested one
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill()
      await ended
    },
  }
}

/** Waits until every guard has refused that many tokens, and returns their reports. */
export async function reports(guards: readonly GuardProcess[], count: number) {
  for (let left = 200; ; left--) {
    const all = await Promise.all(guards.map((one) => one.ask({ kind: 'report' }, 'refused')))
    if (all.every(({ at }) => at.length === count)) return all
    if (left === 0) throw new Error('a guard has not heard of all')
    await setTimeout(50)
  }
}

/** Returns the cells of a table: median, 99th percentile and maximum in milliseconds, and the share that was refused before the answer. */
export function latencyRow(late: readonly number[]): string {
  const sorted = late.toSorted((a, b) => a - b)
  const part = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2)
  const before = sorted.filter((one) => one <= 0).length / sorted.length
  return `${part(0.5)} | ${part(0.99)} | ${part(1)} | ${(100 * before).toFixed(0)} %`
}
