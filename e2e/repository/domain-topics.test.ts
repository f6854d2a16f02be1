import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import topics from '../../packages/server/src/domain/topics.json' with { type: 'json' }

// The topics of the server's domain stand in one line, and a topic imports only those before it, types included.
const domain = new URL('../../packages/server/src/domain', import.meta.url).pathname
const line = topics.map(({ topic }) => topic)
const isSource = (file: string) => !/\.(test|fixture)\.ts$/.test(file)
const files = globSync('**/*.ts', { cwd: domain }).filter(isSource)

/** Lists the files of the domain that a file imports, exports from or names the types of, by their paths below the domain. */
function importsOf(file: string, text = readFileSync(join(domain, file), 'utf8')): string[] {
  const specifiers = text.matchAll(/(?:from |import |import\()'(\.[^']+)'/g)
  const paths = [...specifiers].map(([, path = '']) => join(dirname(file), path))
  return paths.filter((path) => !path.startsWith('..'))
}

/** Returns why a file of a topic may not import another file of the domain; `undefined` if it may. */
function refusal(from: string, to: string): string | undefined {
  const [own, other] = [line.indexOf(dirname(from)), line.indexOf(dirname(to))]
  if (other === -1) return `${from} imports ${to}, which is composed above the topics`
  return other > own ? `${from} imports upwards: ${to}` : undefined
}

/** Returns the first circle of imports, as a list of files. */
function circle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const next of imports.get(file) ?? []) {
      const found = visit(next, [...path, file])
      if (found) return found
    }
    done.add(file)
    return undefined
  }
  for (const file of imports.keys()) {
    const found = visit(file, [])
    if (found) return found
  }
  return undefined
}

test('every folder of the domain is a topic, and every topic a folder', () => {
  const folders = new Set(files.map((file) => dirname(file)).filter((folder) => folder !== '.'))
  assert.deepEqual([...folders].toSorted(), line.toSorted())
})

test('a topic imports only those before it, types included, and nothing above the topics', () => {
  const inTopics = files.filter((file) => dirname(file) !== '.')
  const refused = inTopics.flatMap((file) => importsOf(file).map((to) => refusal(file, to)))
  assert.deepEqual(refused.filter(Boolean), [])
})

test('no file of the domain imports itself through others, types included', () => {
  assert.equal(circle(new Map(files.map((file) => [file, importsOf(file)]))), undefined)
})

test('a planted upward import and a planted circle are found', () => {
  const text = "import type { SignInDeps } from '../authentication/sign-in.ts'\n"
  const [to = ''] = importsOf('users/user.ts', text)
  assert.match(refusal('users/user.ts', to) ?? '', /upwards/)
  assert.match(refusal('users/user.ts', 'store.ts') ?? '', /above the topics/)
  const imports = new Map([
    ['a.ts', ['b.ts']],
    ['b.ts', ['c.ts']],
    ['c.ts', ['b.ts']],
  ])
  assert.deepEqual(circle(imports), ['b.ts', 'c.ts', 'b.ts'])
})

test('only the composition imports the runtime', () => {
  const source = dirname(domain)
  const importers = globSync('**/*.ts', { cwd: source })
    .filter((file) => !/\.(test|fixture|contract)\.ts$/.test(file))
    .filter((file) => /from '[./]*\/runtime\.ts'/.test(readFileSync(join(source, file), 'utf8')))
  const composition = ['compose.ts', 'gauges.ts', 'policies.ts', 'sockets.ts']
  assert.deepEqual(importers.map((file) => basename(file)).toSorted(), composition)
})
