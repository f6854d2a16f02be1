// Checks every import of the repository against layers.json, and that ARCHITECTURE.md shows that table. With --write it writes the table there.
import { findImportFaults, type Layers, type Sources } from '@countersign/testing/imports'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const root = new URL('..', import.meta.url).pathname
const read = (path: string) => readFileSync(root + path, 'utf8')
const layers = JSON.parse(read('layers.json')) as Layers // the program fails on the first row that has another shape

const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { cwd: root })
const files = String(listed)
  .split('\n')
  .filter((path) => path !== '' && existsSync(root + path))
const sources: Sources = new Map(files.map((path) => [path, read(path)]))
const faults = [...findImportFaults(sources, layers)]

const table = [
  '| folder | imports besides itself |',
  '|---|---|',
  ...layers.layers.map(({ folder, imports, types = [], order, noCircles }) => {
    const what = [
      ...imports.map((one) => `\`${one}\``),
      ...types.map((one) => `\`${one}\` (types)`),
    ]
    const notes = [
      what.join(', ') || 'nothing',
      ...(order ? [`topics in this order: ${order.join(' ← ')}`] : []),
      ...(noCircles ? ['no circles, types included'] : []),
    ]
    return `| \`${folder}\` | ${notes.join('; ')} |`
  }),
].join('\n')
const [begin, end] = ['<!-- layers.json -->', '<!-- end of layers.json -->']
const page = read('ARCHITECTURE.md')
const shown = page.slice(page.indexOf(begin) + begin.length, page.indexOf(end)).trim()
const squeezed = (text: string) => text.replaceAll(/[ -]+/g, ' ') // the formatter aligns tables
if (process.argv.includes('--write')) {
  const [before = '', after = ''] = [page.split(begin)[0], page.split(end)[1]]
  writeFileSync(`${root}ARCHITECTURE.md`, `${before}${begin}\n\n${table}\n\n${end}${after}`)
} else if (squeezed(shown) !== squeezed(table))
  faults.push('ARCHITECTURE.md does not show layers.json: run npm run docs')

for (const fault of faults) console.error(fault)
process.exitCode = faults.length > 0 ? 1 : 0
