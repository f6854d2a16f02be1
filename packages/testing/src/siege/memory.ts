import { globSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Running } from '../process.ts'

// Measures the memory that a process cannot release. Its RSS alone is misleading: the engine and malloc keep free pages for reuse.

/** The memory of a process in MiB, after it has released what it can: resident memory, and the heap in use. */
export interface Memory {
  readonly rss: number
  readonly heap: number
}

/**
 * Loaded into the server's process. It contains no spaces because it is an option in an environment variable. It makes the engine release
 * free pages: what remains is in use, or kept by malloc.
 */
const probe = [
  `data:text/javascript,import{setFlagsFromString}from'node:v8';import{runInNewContext}from'node:vm'`,
  `setFlagsFromString('--expose-gc');globalThis.gc=runInNewContext('gc')`,
  `globalThis.giveBack=()=>gc({type:'major',execution:'sync',flavor:'last-resort'})`,
  `process.on('SIGUSR2',()=>{giveBack();giveBack();const{rss,heapUsed}=process.memoryUsage()`,
  `console.log('held:'+[rss,heapUsed].map(n=>Math.round(n/2**20)))})`,
].join(';')

/** Settings that make jemalloc release unused pages in the background within a second. */
const returning = 'background_thread:true,dirty_decay_ms:1000,muzzy_decay_ms:0'

/** Returns the path of Debian's jemalloc. */
export function returningMalloc(): string | undefined {
  return globSync('/usr/lib/*/libjemalloc.so.2')[0]
}

/** Returns the environment of a process that `memoryOf` can measure, optionally with another malloc. */
export function measurableMemory(malloc: string | undefined): Readonly<Record<string, string>> {
  return {
    NODE_OPTIONS: `--import=${probe}`,
    ...(malloc === undefined ? {} : { LD_PRELOAD: malloc, MALLOC_CONF: returning }),
  }
}

/** Measures until the memory no longer shrinks: connections end and pages are released with a delay. */
export async function memoryOf(running: Running): Promise<Memory> {
  let least = await measure(running)
  for (let left = 10; left > 0; left--) {
    await wait(1000)
    const next = await measure(running)
    const settled = next.rss >= least.rss
    if (next.rss < least.rss) least = next
    if (settled) break
  }
  return least
}

async function measure(running: Running): Promise<Memory> {
  const lines = () => [...running.output().matchAll(/^held:(\d+),(\d+)$/gm)]
  const before = lines().length
  running.signal('SIGUSR2')
  for (let left = 200; left > 0 && lines().length === before; left--) await wait(50)
  const [, rss, heap] = lines().at(-1) ?? []
  return { rss: Number(rss), heap: Number(heap) }
}
