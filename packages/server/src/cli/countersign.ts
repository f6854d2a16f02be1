#!/usr/bin/env node
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// What is run when `countersign` is installed. It is read by whatever Node is first on the path, so nothing is imported by name that an old one lacks.
const oldest = 24 // as package.json says, which npm only warns of
if (Number.parseInt(process.versions.node) < oldest) {
  process.stderr.write(
    `error countersign needs Node ${oldest} or newer, and this is ${process.versions.node}\n`,
  )
  process.exitCode = 78 // trying again is of no use: see exit-codes.ts, which is not read here
} else {
  // The engine keeps what it has compiled beside the program, so that it starts sooner the next time. Not in the folder for temporary files,
  // where Node would keep it by itself: whoever is first there owns it, and could put code into it. Where this folder cannot be written, nothing
  // is kept.
  module.enableCompileCache(fileURLToPath(new URL('.cache', import.meta.url)))
  await import('./main.ts')
}
