import { globSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '../process.ts'

// How much memory a process of ours cannot give back. Its RSS alone does not say: the engine keeps pages for later, and so does malloc.

/** In MiB, once nothing more is given back: all that the process has (RSS), and what its objects take. */
export interface Memory {
  readonly rss: number
  readonly heap: number
}

/**
 * Loaded into the server's process; without blanks, for it is an option in the environment. The engine is made to give back the pages that it
 * keeps for later: what remains is in use, or kept by malloc.
 */
const probe = [
  `data:text/javascript,import{setFlagsFromString}from'node:v8';import{runInNewContext}from'node:vm'`,
  `setFlagsFromString('--expose-gc');globalThis.gc=runInNewContext('gc')`,
  `globalThis.giveBack=()=>gc({type:'major',execution:'sync',flavor:'last-resort'})`,
  `process.on('SIGUSR2',()=>{giveBack();giveBack();const{rss,heapUsed}=process.memoryUsage()`,
  `console.log('held:'+[rss,heapUsed].map(n=>Math.round(n/2**20)))})`,
].join(';')

/** What makes jemalloc give unused pages back within a second, and on its own. */
const returning = 'background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0'

/** jemalloc, where Debian puts it. */
export function returningMalloc(): string | undefined {
  return globSync('/usr/lib/*/libjemalloc.so.2')[0]
}

/** The environment of a process that `memoryOf` can ask, with another malloc or with the one that it has. */
export function toldMemory(malloc: string | undefined): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--import=${probe}`,
    ...(malloc === undefined ? {} : { LD_PRELOAD: malloc, MALLOC_CONF: returning }),
  }
}

/** Asks until less is no longer said: connections end, and pages go back, a little later. */
export async function memoryOf(running: Running): Promise<Memory> {
  let least = await saidOf(running)
  for (let left = 10; left > 0; left--) {
    await wait(1000)
    const next = await saidOf(running)
    const settled = next.rss >= least.rss
    if (next.rss < least.rss) least = next
    if (settled) break
  }
  return least
}

async function saidOf(running: Running): Promise<Memory> {
  const said = () => [...running.output().matchAll(/^held:(\d+),(\d+)$/gm)]
  const before = said().length
  running.signal('SIGUSR2')
  for (let left = 200; left > 0 && said().length === before; left--) await wait(50)
  const [, rss, heap] = said().at(-1) ?? []
  return { rss: Number(rss), heap: Number(heap) }
}
