import { toJwks } from '@countersign/token'
import { throwawayKey } from '@countersign/token/testing'
import assert from 'node:assert/strict'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { format } from 'node:util'
import { importBlock } from '@countersign/testing/guides'
import { typeCheck } from '@countersign/testing/type-check'

const root = new URL('../..', import.meta.url).pathname
const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })]

/** Returns every block of TypeScript on a page, in order. */
const blocksOf = (page: string) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code = '']) => code,
  )

test('every TypeScript block of the README and the docs compiles', async () => {
  const folder = join(root, 'node_modules/.docs') // inside the tree, so that the workspace packages are found
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  let blocks = 0
  for (const page of pages) {
    for (const code of blocksOf(page))
      writeFileSync(join(folder, `${page.replaceAll(/\W/g, '-')}-${blocks++}.mts`), code)
  }
  assert.ok(blocks > 0)
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false },
    include: ['*.mts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  await typeCheck(folder)
  rmSync(folder, { recursive: true })
})

/** Pages whose blocks are complete programs. */
const programs = ['tokens.md']

for (const page of programs) {
  blocksOf(`docs/guides/${page}`).forEach((code, at) => {
    test(`block ${at + 1} of docs/guides/${page} runs, and prints what its comments say`, async (t) => {
      const printed: string[] = []
      t.mock.method(console, 'log', (...values: unknown[]) => printed.push(format(...values)))
      // The issuer of the pages, auth.example.com, does not exist.
      t.mock.method(globalThis, 'fetch', async () => Response.json(toJwks([throwawayKey()])))
      await importBlock(page, at + 1)
      for (const [, said = ''] of code.matchAll(/^console\.log\(.*\) \/\/ (.+)$/gm))
        assert.ok(printed.includes(said), `${said} is not in ${format(printed)}`)
    })
  })
}

test('every link between the pages has a target', () => {
  for (const page of [...pages, ...globSync('*.md', { cwd: root })]) {
    for (const [, link = ''] of readFileSync(join(root, page), 'utf8').matchAll(
      /\]\((?!https?:)([^)#]+)/g,
    )) {
      assert.ok(globSync(join(root, page, '..', link)).length > 0, `${page}: ${link}`)
    }
  }
})

test('every decision has a unique number, which its heading repeats', () => {
  const files = globSync('docs/decisions/*.md', { cwd: root }).map((file) => basename(file))
  assert.ok(files.length > 0)
  for (const file of files) {
    const [heading = ''] = readFileSync(join(root, 'docs/decisions', file), 'utf8').split('\n')
    assert.ok(heading.startsWith(`# ${file.slice(0, 4)} `), `${file}: ${heading}`)
  }
  const numbers = files.map((file) => file.slice(0, 4))
  assert.deepEqual(numbers.toSorted(), [...new Set(numbers)].toSorted())
})

const tests = globSync(['{packages,e2e}/**/*.{test,contract}.ts'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
})

test('every code of every package is listed in the failures', async () => {
  const page = readFileSync(join(root, 'docs/reference/failures.md'), 'utf8')
  const catalogues = globSync('packages/*/src/failures.ts', { cwd: root })
  assert.ok(catalogues.length >= 4)
  for (const file of catalogues) {
    const exported = (await import(join(root, file))) as Readonly<Record<string, unknown>>
    const codes = Object.entries(exported).flatMap(([name, list]) =>
      /^\w+Failures$/.test(name) ? Object.keys(Object(list)) : [],
    )
    assert.ok(codes.length > 5, file)
    for (const code of codes) assert.ok(page.includes(`| \`${code}\` |`), `${code} of ${file}`)
  }
})

test('every dependency is named by a decision', () => {
  const decisions = globSync('docs/decisions/*.md', { cwd: root })
  const text = decisions.map((page) => readFileSync(join(root, page), 'utf8')).join('\n')
  const packages = ['package.json', 'bench/package.json']
  packages.push(...globSync('{packages,examples}/*/package.json', { cwd: root }))
  for (const file of packages) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(join(root, file), 'utf8'),
    ) as Readonly<Record<string, Readonly<Record<string, string>>>>
    for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
      if (/^@(countersign|types)\//.test(name)) continue
      const whole = new RegExp(`(?<![\\w/-])${RegExp.escape(name)}(?![\\w-])`, 'i')
      assert.match(text, whole, `${name} of ${file}`)
    }
  }
})

test('every row of the threat model names tests that carry its number, which is in no other row', () => {
  const rows = readFileSync(join(root, 'docs/threat-model.md'), 'utf8').matchAll(
    /^\| ((?:[A-H]\d|\d\d\.)[^|]*) \|.*\| ([^|]+) \|$/gm,
  )
  const [checked, listed] = [new Set<string>(), new Set<string>()]
  for (const [, numbers = '', names = ''] of rows) {
    for (const [, name = ''] of names.matchAll(/`([\w./-]+\.(?:test|contract)\.ts)`/g)) {
      const files = tests.filter((file) => `/${file}`.endsWith(`/${name}`))
      assert.equal(files.length, 1, `${name} is ${files.join(' and ') || 'nowhere'}`)
      const text = readFileSync(join(root, files[0] ?? ''), 'utf8')
      const carried = numbers.split(', ').filter((one) => carries(text, one))
      assert.notEqual(carried.length, 0, `${name} carries none of ${numbers}`)
      for (const number of carried) checked.add(number)
    }
    for (const number of numbers.split(', ')) {
      assert.ok(checked.has(number), number)
      assert.ok(!listed.has(number), `${number} is in two rows`)
      listed.add(number)
    }
  }
  const groups = { A: [1, 10], B: [11, 16], C: [17, 25], D: [26, 31], E: [32, 34], F: [35, 36] }
  for (const [group, [first = 0, last = 0]] of Object.entries(groups)) {
    for (let at = first; at <= last; at++) assert.ok(checked.has(`${group}${at}`), `${group}${at}`)
  }
})

/** Reports whether the name of a test in the text carries a number: `[A1] …`, `[18.1] …`, or among others, `[A1, B2] …`. */
function carries(text: string, number: string): boolean {
  return new RegExp(`\\[([A-H]\\d+, |\\d\\d\\.\\d+, )*${number.replace('.', '\\.')}[\\],]`).test(
    text,
  )
}
