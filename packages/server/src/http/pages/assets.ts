import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'

const types = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const

const styles = (...subjects: readonly string[]) => subjects.map((one) => `styles/${one}.css`)

/** What browsers load, and the files that each is made of, joined in this order: one subject stands in one file, and a page asks for few. */
const sources = {
  'style.css': styles('theme', 'base', 'layout', 'cards', 'forms', 'lists'),
  'tour.css': styles('tour'),
  'console.css': [
    import.meta.resolve('uplot/dist/uPlot.min.css'), // before ours, which dress it
    ...styles('console', 'tables', 'charts'),
  ],
  'icon.svg': ['icon.svg'],
  'console.js': ['console.js'],
  'uplot.js': [import.meta.resolve('uplot/dist/uPlot.esm.js')],
  'tour.js': ['tour.js'],
  'debugger.js': ['debugger.js'],
  'token.js': ['token.js'],
  'token-checks.js': ['token-checks.js'],
  'format.js': ['format.js'],
  'signature.js': ['signature.js'],
  'token-view.js': ['token-view.js'],
  'dom.js': ['dom.js'],
} as const satisfies Readonly<Record<`${string}.${keyof typeof types}`, readonly string[]>>

/** Something that browsers load beside the pages. */
export type AssetName = keyof typeof sources

/** The files that browsers load beside the pages: served by this server and by nobody else. */
export interface Assets {
  /** The path of a file: it changes with the files, so that what was kept is never old. Modules find each other in the same folder. */
  pathOf(name: AssetName): string
  /** Answers for a path below `/assets/`, or `undefined` when there is no such file. */
  answer(version: string, name: string, accepted: string): Promise<Response | undefined>
}

const folder = new URL('assets/', import.meta.resolve('@countersign/server/package.json'))
const year = 31_536_000 // seconds

/** Reads the files, once they are wanted: a server whose pages nobody opens reads none. */
export function createAssets(): Assets {
  let read: ReadonlyMap<string, Buffer> | undefined
  let hash = ''
  const packed = new Map<string, Promise<Buffer>>()
  function files() {
    if (read) return read
    const entries = Object.entries(sources).map(([name, parts]) => {
      const bytes = parts.map((part) => readFileSync(new URL(part, folder)))
      return [name, Buffer.concat(bytes)] as const
    })
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
    async answer(version, name, accepted) {
      const bytes = files().get(name)
      if (!bytes) return undefined
      const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : ''
      const key = `${encoding} ${name}`
      const body = packed.get(key) ?? pack(bytes, encoding)
      packed.set(key, body)
      return new Response(new Uint8Array(await body), {
        headers: {
          'content-type': typeOf(name),
          // Another version is asked for by a page of another instance, while a new one is rolled out: it may not be kept.
          'cache-control': version === hash ? `public, max-age=${year}, immutable` : 'no-cache',
          vary: 'accept-encoding',
          ...(encoding === '' ? {} : { 'content-encoding': encoding }),
        },
      })
    },
  }
}

function typeOf(name: string): string {
  return types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types] // the names of `sources` end so
}

const [brotlied, gzipped] = [promisify(brotliCompress), promisify(gzip)]

/** Packs a file on the platform's threads, for as small as can be takes half a second; each is packed once. */
async function pack(bytes: Buffer, encoding: 'br' | 'gzip' | ''): Promise<Buffer> {
  if (encoding === 'br') return brotlied(bytes)
  return encoding === 'gzip' ? gzipped(bytes, { level: 9 }) : bytes
}
