import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = new URL('..', import.meta.url).pathname
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })]

test('every TypeScript block of the README and the docs compiles', () => {
  const folder = join(root, 'node_modules/.docs') // inside the tree, so that the workspace packages are found
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let blocks = 0
  for (const page of pages) {
    for (const [, code = ''] of readFileSync(join(root, page), 'utf8').matchAll(
      /```ts\n(.*?)```/gs,
    )) {
      writeFileSync(join(folder, `${page.replaceAll(/\W/g, '-')}-${blocks++}.mts`), code)
    }
  }
  assert.ok(blocks > 0)
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false },
    include: ['*.mts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const { status, stdout } = spawnSync('tsc', ['-p', folder], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  assert.equal(status, 0, stdout)
})

test('every link between the pages leads somewhere', () => {
  for (const page of [...pages, ...globSync('*.md', { cwd: root })]) {
    for (const [, link = ''] of readFileSync(join(root, page), 'utf8').matchAll(
      /\]\((?!https?:)([^)#]+)/g,
    )) {
      assert.ok(globSync(join(root, page, '..', link)).length > 0, `${page}: ${link}`)
    }
  }
})

test('every row of the threat model names tests that carry its number', () => {
  const rows = readFileSync(join(root, 'docs/threat-model.md'), 'utf8').matchAll(
    /^\| ([A-F]\d[^|]*) \|.*\| ([^|]+) \|$/gm,
  )
  let checked = 0
  for (const [, numbers = '', files = ''] of rows) {
    const named = [...files.matchAll(/`([\w-]+\.test\.ts)`/g)].map(([, file = '']) => file)
    const text = named
      .map((file) => readFileSync(join(root, 'packages/token/src', file), 'utf8'))
      .join('')
    for (const number of numbers.split(', ')) {
      assert.match(text, new RegExp(`\\[([A-F]\\d+, )*${number}[\\],]`), `${number} in ${files}`)
      checked++
    }
  }
  assert.ok(checked > 20)
})
