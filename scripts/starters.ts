import { readFileSync } from 'node:fs'
import {
  frameworks,
  insideFrameworks,
  type Starter,
  type Starters,
} from '../packages/server/src/cli/commands/init.ts'

const files = ['app.ts', 'app.test.ts']

/** Returns the applications that `countersign init` writes, as JSON: those of `examples/`, started by npm in a folder of their own. */
export function startersSource(root: URL): string {
  const starters = frameworks.map((name): [string, Starter] => {
    const read = (file: string) => readFileSync(new URL(`examples/${name}/${file}`, root), 'utf8')
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Starter
    const texts = files.map((file) => [file, standalone(read(file))])
    const starter = { files: Object.fromEntries(texts) as Starter['files'], dependencies }
    return [name, devDependencies ? { ...starter, devDependencies } : starter]
  })
  const inside = insideFrameworks.map((name): [string, Starter] => [
    name,
    insideStarter(root, name),
  ])
  const { optionalDependencies: nodes } = JSON.parse(
    readFileSync(new URL('package.json', root), 'utf8'),
  ) as { readonly optionalDependencies: Starters['nodes'] }
  const all = { guarded: Object.fromEntries(starters), inside: Object.fromEntries(inside), nodes }
  return `${JSON.stringify(all, null, 2)}\n`
}

/** Returns an application with the server inside, with what it imports of the packages that all of them need. */
function insideStarter(root: URL, name: string): Starter {
  const read = (file: string) => readFileSync(new URL(`examples/inside/${file}`, root), 'utf8')
  const app = read(`${name}.ts`).replace(/npm run \S+ --workspace=\S+/, 'npm start')
  const tests = read(`${name}.test.ts`).replace(`'./${name}.ts'`, "'./app.ts'")
  const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Required<Starter>
  const imported = ([dependency]: [string, string]) =>
    !dependency.startsWith('@countersign/') &&
    app.includes(`from '${dependency.replace('@types/', '')}'`)
  const pick = (all: Starter['dependencies']) =>
    Object.fromEntries(Object.entries(all).filter(imported))
  return {
    files: {
      'app.ts': app,
      'app.test.ts': tests,
      'page.ts': read('page.ts'),
      'start.ts': read('start.ts'),
    },
    dependencies: pick(dependencies),
    devDependencies: pick(devDependencies),
  }
}

/** Replaces how an example is started in this repository. */
function standalone(text: string): string {
  return text.replace(
    /With Countersign running \(npm start\):\s(?:\/\/ )?npm start --workspace=\S+/,
    'With Countersign running (countersign dev): npm start',
  )
}
