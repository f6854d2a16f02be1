import { getRequestListener } from '@hono/node-server'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { root } from './files.ts'

/** Returns a block of code of a guide, counted from 1 among the blocks of its language. */
export function blockOf(guide: string, language: string, at: number): string {
  const page = readFileSync(join(root, 'docs/guides', guide), 'utf8')
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))]
  const code = blocks[at - 1]?.[1]
  assert.ok(code, `${guide} has no ${language} block ${at}`)
  return code
}

/** Runs a block of TypeScript of a guide unchanged, and returns its exports. */
export async function importBlock<T>(guide: string, at: number): Promise<T> {
  const folder = join(root, 'node_modules/.guides') // inside the tree, so that packages are found
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${guide}-${at}-${process.pid}.mjs`)
  writeFileSync(file, stripTypeScriptTypes(blockOf(guide, 'ts', at)))
  return (await import(file)) as T
}

/** Runs the first block of TypeScript below a heading of a guide, as {@link importBlock} does. */
export async function importBlockBelow<T>(guide: string, heading: string): Promise<T> {
  const page = readFileSync(join(root, 'docs/guides', guide), 'utf8')
  const before = page.split(`\n## ${heading}\n`)
  assert.equal(before.length, 2, `${guide} has no heading ${heading}`)
  return importBlock<T>(guide, (before[0] ?? '').split('```ts\n').length)
}

interface Fastify {
  ready(): Promise<unknown>
  readonly routing: RequestListener
}
/** An application based on Request and Response. */
export interface FetchApp {
  readonly fetch: (request: Request) => Response | Promise<Response>
}
/** An application of any framework of the guides. */
export type App = RequestListener | Fastify | FetchApp

async function listenerOf(app: App): Promise<RequestListener> {
  if ('routing' in app) {
    await app.ready()
    return app.routing
  }
  return typeof app === 'function' ? app : getRequestListener(app.fetch)
}

/** Serves an application on a free port. */
export async function serving(app: App) {
  const server = createServer(await listenerOf(app))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Returns a text of a guide with substitutions for this machine, such as ports. The text must contain each of them. */
export function substituted(text: string, changes: Readonly<Record<string, string>>): string {
  for (const [from, to] of Object.entries(changes)) {
    assert.ok(text.includes(from), `${from} is missing in ${text}`)
    text = text.replaceAll(from, to)
  }
  return text
}
