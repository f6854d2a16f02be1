import { readFileSync } from 'node:fs'

const page = 'docs/guides/deploy.md'

/** Returns the deployment guide with the files that it shows, as they are now: the block between `<!-- path -->` and `<!-- end of path -->`. */
export function pagesWithFiles(root: URL): Readonly<Record<string, string>> {
  const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
  const shown = /(<!-- (deploy\/[\w./-]+) -->\n\n```\w+\n).*?(```\n\n<!-- end of \2 -->)/gs
  const text = read(page).replaceAll(
    shown,
    (_, begin: string, name: string, end: string) => `${begin}${read(name)}${end}`,
  )
  return { [page]: text }
}
