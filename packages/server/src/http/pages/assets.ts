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

/**
 * The assets that browsers load, and the files that each is joined from, in this order. Each file has one subject, and each page loads few
 * assets.
 */
const sources = {
  'style.css': styles('theme', 'base', 'layout', 'cards', 'forms', 'lists'),
  'tour.css': styles('tour'),
  'console.css': [
    import.meta.resolve('uplot/dist/uPlot.min.css'), // before this server's own, which style it
    ...styles('console', 'console-forms', 'tables', 'charts'),
  ],
  'docs.css': styles('docs'),
  'icon.svg': ['icon.svg'],
  'console.js': ['console.js'],
  'uplot.js': [import.meta.resolve('uplot/dist/uPlot.esm.js')],
  'docs.js': ['docs.js'],
  'fields.js': ['fields.js'],
  'sign-up.js': ['sign-up.js'],
  'passkeys.js': ['passkeys.js'],
  'tour.js': ['tour.js'],
  'debugger.js': ['debugger.js'],
  'token.js': ['token.js'],
  'token-checks.js': ['token-checks.js'],
  'format.js': ['format.js'],
  'translate.js': ['translate.js'],
  'german.js': ['german.js'],
  'german-claims.js': ['german-claims.js'],
  'signature.js': ['signature.js'],
  'token-view.js': ['token-view.js'],
  'dom.js': ['dom.js'],
} as const satisfies Readonly<Record<`${string}.${keyof typeof types}`, readonly string[]>>

/** The name of an asset. */
export type AssetName = keyof typeof sources

const hashLength = 12 // characters

/** Returns whether a path is that of an asset of any version: an application around this server may have a folder `/assets` of its own. */
export function isAssetPath(path: string): boolean {
  const [start, folderName, version = '', name = '', ...more] = path.split('/')
  const isOurs = start === '' && folderName === 'assets' && Object.hasOwn(sources, name)
  return isOurs && version.length === hashLength && more.length === 0
}

/** The style sheets, scripts and images of pages. This server serves all of them itself. */
export interface Assets {
  /**
   * Returns the path of an asset. It changes with the contents, so that caches never serve an old version. Modules import each other from the
   * same folder.
   */
  pathOf(name: AssetName): string
  /** Answers a path below `/assets/`; `undefined` if there is no such asset. */
  answer(version: string, name: string, accepted: string): Promise<Response | undefined>
}

const folder = new URL('assets/', import.meta.resolve('@countersign/server/package.json'))
const year = 31_536_000 // seconds

/** Makes the assets. The files are read on the first request, so a server without page views reads none. */
export function createAssets(): Assets {
  let read: ReadonlyMap<string, Buffer> | undefined
  let hash = ''
  const compressed = new Map<string, Promise<Buffer>>()
  function files() {
    if (read) return read
    const entries = Object.entries(sources).map(([name, parts]) => {
      const bytes = parts.map((part) => readFileSync(new URL(part, folder)))
      return [name, Buffer.concat(bytes)] as const
    })
    const digest = createHash('sha256')
    for (const [name, bytes] of entries) digest.update(`${name} ${bytes.length} `).update(bytes)
    hash = digest.digest('base64url').slice(0, hashLength)
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
      const body = compressed.get(key) ?? compress(bytes, encoding)
      compressed.set(key, body)
      return new Response(new Uint8Array(await body), {
        headers: {
          'content-type': typeOf(name),
          // During a rollout a page of another server version requests that version's path: no cache may store this answer under it.
          'cache-control': version === hash ? `public, max-age=${year}, immutable` : 'no-cache',
          vary: 'accept-encoding',
          ...(encoding === '' ? {} : { 'content-encoding': encoding }),
        },
      })
    },
  }
}

function typeOf(name: string): string {
  return types[name.slice(name.lastIndexOf('.') + 1) as keyof typeof types] // the names of `sources` end with these types
}

const [brotliAsync, gzipAsync] = [promisify(brotliCompress), promisify(gzip)]

/** Compresses a file once, in the thread pool: the best compression takes half a second. */
async function compress(bytes: Buffer, encoding: 'br' | 'gzip' | ''): Promise<Buffer> {
  if (encoding === 'br') return brotliAsync(bytes)
  return encoding === 'gzip' ? gzipAsync(bytes, { level: 9 }) : bytes
}
