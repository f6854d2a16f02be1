import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string
      readonly expr: string
      readonly annotations: { readonly summary: string }
    }[]
  }[]
}

/** Returns the guides that show files of `deploy/`, with the files as they are now, between `<!-- path -->` and `<!-- end of path -->`. */
export function pagesWithFiles(root: URL): Readonly<Record<string, string>> {
  const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
  const shown = /(<!-- (deploy\/[\w./-]+) -->\n\n```\w+\n).*?(```\n\n<!-- end of \2 -->)/gs
  const table = /(<!-- alerts of (deploy\/[\w./-]+) -->\n\n).*?(\n<!-- end of \2 -->)/s
  const page = (name: string, begins: RegExp, change: (text: string) => string) => {
    const text = read(name)
    if (!begins.test(text)) throw new Error(`${name} shows no file of deploy/`)
    return [name, change(text)]
  }
  return Object.fromEntries([
    ...['docs/guides/deploy.md', 'docs/guides/growing.md'].map((guide) =>
      page(guide, /<!-- deploy\//, (text) =>
        text.replaceAll(
          shown,
          (_, begin: string, file: string, end: string) => `${begin}${read(file)}${end}`,
        ),
      ),
    ),
    page('docs/guides/operate.md', table, (text) =>
      text.replace(
        table,
        (_, begin: string, file: string, end: string) => `${begin}${alertsTable(read(file))}${end}`,
      ),
    ),
  ]) as Readonly<Record<string, string>>
}

/** Returns the rules of a file of alerts as a table. */
function alertsTable(text: string): string {
  const { groups } = parse(text) as Rules
  const rows = groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr, annotations }) => {
      const condition = expr.replaceAll(/\s+/g, ' ').trim().replaceAll('|', '\\|')
      return `| \`${alert}\` | \`${condition}\` | ${annotations.summary} |`
    })
  return ['| alert | when | what it means |', '|---|---|---|', ...rows, ''].join('\n')
}
