// Looks for the phrases of banned-phrases.json in every text that people read: code, comments, pages, messages, docs, and for doc comments that begin
// without their subject. Fails on each that it finds.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

interface Banned {
  readonly files: readonly string[]
  readonly not: readonly string[]
  readonly phrases: readonly {
    readonly phrase: string
    readonly write: string
    readonly except?: readonly string[]
  }[]
  readonly docCommentStarts: { readonly words: readonly string[]; readonly write: string }
}

const root = new URL('..', import.meta.url).pathname
const read = (path: string) => readFileSync(root + path, 'utf8')
const banned = JSON.parse(read('scripts/banned-phrases.json')) as Banned // our own file; another shape fails below
const rules = banned.phrases.map(({ phrase, write, except = [] }) => ({
  pattern: new RegExp(`(?<![\\w-])${phrase.replaceAll(' ', String.raw`[\s*/]+`)}(?![\\w-])`, 'gi'),
  phrase,
  write,
  except,
}))

// A doc comment, a docstring, or a comment at the head of a file or of a part of it.
const starts = banned.docCommentStarts
for (const word of starts.words)
  rules.push({
    pattern: new RegExp(String.raw`(?:/\*\*[\s*]+|"""\s*|(?<=^|\n\n)// )${word}\b`, 'g'),
    phrase: `${word} …`,
    write: starts.write,
    except: [],
  })

const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...banned.files], {
  cwd: root,
})
const files = String(listed)
  .split('\n')
  .filter((path) => /\.(ts|js|css|md|json|html|toml|py)$/.test(path) && existsSync(root + path))
  .filter((path) => !banned.not.some((one) => path.startsWith(one)))

let found = 0
for (const path of files) {
  const source = read(path)
  for (const { pattern, phrase, write, except } of rules)
    for (const { index } of source.matchAll(pattern)) {
      const start = source.lastIndexOf('\n', index) + 1
      const line = source.slice(start, source.indexOf('\n', index))
      if (except.some((text) => line.indexOf(text) !== -1)) continue
      found++
      console.error(
        `${path}:${source.slice(0, index).split('\n').length}: “${phrase}”; write: ${write}`,
      )
    }
}
if (found > 0) console.error(`${found} banned phrases (scripts/banned-phrases.json)`)
process.exitCode = found > 0 ? 1 : 0
