import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { brotliCompressSync, gzipSync } from 'node:zlib'

const script = 'text/javascript; charset=utf-8'

const types = {
  'style.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'console.js': script,
  'uplot.js': script,
  'uplot.css': 'text/css; charset=utf-8',
  'tour.js': script,
  'debugger.js': script,
  'token.js': script,
  'checks.js': script,
  'words.js': script,
  'signature.js': script,
  'view.js': script,
  'dom.js': script,
} as const

/** Files of libraries, where they were installed. */
const libraries: Readonly<Record<string, string>> = {
  'uplot.js': import.meta.resolve('uplot/dist/uPlot.esm.js'),
  'uplot.css': import.meta.resolve('uplot/dist/uPlot.min.css'),
}

/** A file of `assets/` that browsers load. */
export type AssetName = keyof typeof types

/** The files that browsers load beside the pages: served by this server and by nobody else. */
export interface Assets {
  /** The path of a file: it changes with the files, so that what was kept is never old. Modules find each other in the same folder. */
  pathOf(name: AssetName): string
  /** Answers for a path below `/assets/`, or `undefined` when there is no such file. */
  answer(version: string, name: string, accepted: string): Response | undefined
}

const folder = new URL('assets/', import.meta.resolve('@countersign/server/package.json'))
const year = 31_536_000 // seconds

/** Reads the files, once they are wanted: a server whose pages nobody opens reads none. */
export function createAssets(): Assets {
  let read: ReadonlyMap<string, Buffer> | undefined
  let hash = ''
  const packed = new Map<string, Buffer>()
  function files() {
    if (read) return read
    const entries = Object.keys(types).map(
      (n) => [n, readFileSync(new URL(libraries[n] ?? n, folder))] as const,
    )
    const digest = createHash('sha256')
    for (const [name, bytes] of entries) digest.update(`${name} ${bytes.length} `).update(bytes)
    hash = digest.digest('base64url').slice(0, 12)
    read = new Map(entries)
    return read
  }
  return {
    pathOf(name) {
      files()
      return `/assets/${hash}/${name}`
    },
    answer(version, name, accepted) {
      const bytes = files().get(name)
      if (!bytes) return undefined
      const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : ''
      const key = `${encoding} ${name}`
      const body = packed.get(key) ?? pack(bytes, encoding)
      packed.set(key, body)
      return new Response(new Uint8Array(body), {
        headers: {
          'content-type': types[name as AssetName], // it is in `files`, which has no other names
          // Another version is asked for by a page of another instance, while a new one is rolled out: it may not be kept.
          'cache-control': version === hash ? `public, max-age=${year}, immutable` : 'no-cache',
          vary: 'accept-encoding',
          ...(encoding === '' ? {} : { 'content-encoding': encoding }),
        },
      })
    },
  }
}

function pack(bytes: Buffer, encoding: 'br' | 'gzip' | ''): Buffer {
  if (encoding === 'br') return brotliCompressSync(bytes)
  return encoding === 'gzip' ? gzipSync(bytes, { level: 9 }) : bytes
}
