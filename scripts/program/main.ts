// The main module of the one-file program (scripts/program.ts). Node shows it the files within the program as a read-only file system, so that the
// bundle, its packages and the native code of Argon2 are loaded from there: nothing is unpacked to disk.
import { syncBuiltinESMExports } from 'node:module'
import { relative } from 'node:path'
import { getAsset } from 'node:sea'
import { fileURLToPath } from 'node:url'
import workerThreads, { type WorkerOptions } from 'node:worker_threads'

const threadCode = getAsset('thread.js', 'utf8')

/** A thread of the program. Threads of Node 26 do not see the files within it: thread.ts makes them visible, and then loads the thread's own. */
class ProgramWorker extends workerThreads.Worker {
  constructor(file: string | URL, options: WorkerOptions = {}) {
    const path = file instanceof URL ? fileURLToPath(file) : file
    const argv = [relative(import.meta.dirname, path)]
    super(threadCode, { ...options, argv, eval: true })
  }
}

Object.assign(workerThreads, { Worker: ProgramWorker })
syncBuiltinESMExports()
const bundle = './node_modules/@countersign/server/dist/bin/countersign.js'
await import(bundle)
