import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The verdict of a guard on a token: `allowed` or the code of its refusal, and the state of its status list. */
export interface Verdict {
  readonly verdict: string
  readonly list: unknown
}

/** A guard in a process of its own. */
export interface GuardProcess extends AsyncDisposable {
  check(token: string): Promise<Verdict>
}

/** Starts a guard that trusts an issuer and follows its feed. */
export function startGuard(issuer: string): GuardProcess {
  const child = fork(join(import.meta.dirname, 'guard-process.ts'), [issuer], {
    execArgv: ['--conditions=@countersign/source'],
    env: { ...process.env, NODE_ENV: 'production' }, // so that refusals are not printed
  })
  const waiting = new Map<number, (verdict: Verdict) => void>()
  let asked = 0
  child.on('message', ({ id, ...verdict }: Verdict & { readonly id: number }) => {
    waiting.get(id)?.(verdict)
    waiting.delete(id)
  })
  child.once('exit', () => {
    for (const answer of waiting.values())
      answer({ verdict: 'the guard has ended', list: undefined })
  })
  return {
    check: (token) =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error('a guard has ended'))
        const id = asked++
        waiting.set(id, resolve)
        child.send({ id, token })
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}
