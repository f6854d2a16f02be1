import { readFileSync } from 'node:fs'
import { frameworks, type Starter } from '../packages/server/src/cli/commands/init.ts'

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
  return `${JSON.stringify(Object.fromEntries(starters), null, 2)}\n`
}

/** Replaces how an example is started in this repository. */
function standalone(text: string): string {
  return text.replace(
    /With Countersign running \(npm start\):\s(?:\/\/ )?npm start --workspace=\S+/,
    'With Countersign running (countersign dev): npm start',
  )
}
