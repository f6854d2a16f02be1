#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// The installed program `countersign`. The first Node on the path runs it, which may be too old, so it imports nothing by name that an old one lacks.
const minNode = 24 // as in package.json, of which npm only warns
if (Number.parseInt(process.versions.node) < minNode) {
  process.stderr.write(
    `error countersign needs Node ${minNode} or newer, and this is ${process.versions.node}\n`,
  )
  process.exitCode = 78 // `config` of exit-codes.ts, which is not loaded here: do not retry
} else {
  // Caches compiled code beside the program, for a faster start. Not in the folder for temporary files, Node's default: another user could create
  // the cache there first and put code into it. If the folder beside the program is not writable, there is no cache.
  module.enableCompileCache(fileURLToPath(new URL('.cache', import.meta.url)))
  await import('./main.ts')
}
