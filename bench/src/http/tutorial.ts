import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { freePort } from '@countersign/testing/http'
import { pythonLacks } from '@countersign/testing/python'
import { installDebian, mayInstall } from '@countersign/testing/debian'
import { createClient } from '../server/measured.ts'
import { cores } from './wrk.ts'

const folder = new URL('servers', import.meta.url).pathname

/** Returns the reason why the tutorial's application cannot be measured here, or `false`. */
export function tutorialLacks(): string | false {
  const present = () => spawnSync('gunicorn', ['--version']).error === undefined
  if (!present() && mayInstall) installDebian('gunicorn')
  return present() ? pythonLacks('python3-flask', 'python3-jwt') : 'needs apt-get install gunicorn'
}

/** Starts it as its readers would: gunicorn with one synchronous worker, on the servers' core. */
export async function startTutorial(
  secret: string,
): Promise<AsyncDisposable & { readonly url: string }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const gunicorn = ['gunicorn', '--bind', `127.0.0.1:${port}`, '--chdir', folder, 'tutorial:app']
  const env = { ...process.env, BENCH_SECRET: secret }
  const child = spawn('taskset', ['-c', cores.server, ...gunicorn], { env, stdio: 'ignore' })
  const client = createClient(url)
  for (
    let tries = 0;
    (await client.send({ path: '/' }).catch(() => undefined)) === undefined;
    tries++
  ) {
    if (child.exitCode !== null || tries > 500) throw new Error('gunicorn did not start')
    await setTimeout(20)
  }
  client.close()
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
