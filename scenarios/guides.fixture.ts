import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { root } from './process.fixture.ts'

/** A block of code of a guide, counted from 1 among those of its language. */
export function blockOf(guide: string, language: 'python' | 'ts', at: number): string {
  const page = readFileSync(join(root, 'docs/guides', guide), 'utf8')
  const blocks = [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))]
  const code = blocks[at - 1]?.[1]
  assert.ok(code, `${guide} has no ${language} block ${at}`)
  return code
}

/** What a block of TypeScript exports, run as it stands in its guide. */
export async function importBlock<T>(guide: string, at: number): Promise<T> {
  const folder = join(root, 'node_modules/.guides') // inside the tree, so that packages are found
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${guide}-${at}-${process.pid}.mjs`)
  writeFileSync(file, stripTypeScriptTypes(blockOf(guide, 'ts', at)))
  return (await import(file)) as T
}
