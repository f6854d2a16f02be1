// The Markdown files that are pages of the site, where each of them is, and how their links lead from one to the other. The files themselves are
// written for a code host: nothing in them belongs to the generator.
import { readFileSync } from 'node:fs'
import { join, posix, resolve } from 'node:path'

/** The folder of the repository. Every page is below it. */
export const root = resolve(import.meta.dirname, '..')

/** The pages outside of docs/, by their file, and their path in the site. */
const outside: Readonly<Record<string, string>> = {
  'README.md': 'index.md',
  'ARCHITECTURE.md': 'architecture.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'security.md',
}

/** Returns the path of a page in the site, of `docs/guides/keys.md` for example `guides/keys.md`. */
export function rewrite(file: string): string {
  if (file === 'docs/README.md') return 'contents.md'
  return outside[file] ?? file.replace(/^docs\//, '')
}

/**
 * Returns where a link of a page leads in the site.
 *
 * @param link as the Markdown has it, relative to the page
 * @param page the page's file, relative to the repository
 * @param repository the URL of the repository's files, for links to code
 * @returns the new target, or undefined if it has none
 */
export function targetOf(link: string, page: string, repository?: string): string | undefined {
  if (/^([a-z]+:|#)/.test(link)) return link
  const [path = '', anchor] = link.split('#')
  const file = posix.join(posix.dirname(page), path)
  const isPage = file in outside || (file.startsWith('docs/') && file.endsWith('.md'))
  if (!isPage) return repository && `${repository}/${file}`
  return `/${rewrite(file)}${anchor === undefined ? '' : `#${anchor}`}`
}

/** Returns the anchor of a heading as code hosts write it: the links of the pages are for them. */
export const slugify = (heading: string) =>
  heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-')

interface Section {
  readonly text: string
  readonly items: { readonly text: string; readonly link: string }[]
}

/** Returns the description of each page by its path in the site: what docs/README.md says about it. */
export function describePages(): ReadonlyMap<string, string> {
  const lines = readFileSync(join(root, 'docs/README.md'), 'utf8').matchAll(
    /^(?:\d+\.|-) \[[^\]]+\]\(([^)]+)\): (.+)$/gm,
  )
  return new Map(
    [...lines].map(([, link = '', text = '']) => [
      targetOf(link, 'docs/README.md')?.replace(/^\//, '') ?? '',
      text.replaceAll('`', ''),
    ]),
  )
}

/** Returns the navigation: the sections and links of docs/README.md, which lists all pages in the order to read them. */
export function sidebar(): Section[] {
  const sections: Section[] = []
  for (const line of readFileSync(join(root, 'docs/README.md'), 'utf8').split('\n')) {
    const [, heading] = /^## (.+)$/.exec(line) ?? []
    if (heading) sections.push({ text: heading, items: [] })
    const [, text, link] = /^(?:\d+\.|-) \[([^\]]+)\]\(([^)]+)\)/.exec(line) ?? []
    const target = link && targetOf(link, 'docs/README.md')
    if (text && target) sections.at(-1)?.items.push({ text, link: target.replace(/\.md$/, '') })
  }
  return sections
}
