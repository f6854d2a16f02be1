#!/usr/bin/env node
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// What is run when `countersign` is installed. The engine keeps what it has compiled beside the program, so that it starts sooner the next time.
// Not in the folder for temporary files, where Node would keep it by itself: whoever is first there owns it, and could put code into it. Where
// this folder cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('.cache', import.meta.url)))
await import('./main.ts')
