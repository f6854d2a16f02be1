// The site of the documentation, made by VitePress from README.md and docs/: `npm run site`.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { defineConfig } from 'vitepress'
import { describePages, rewrite, root, sidebar, slugify, targetOf } from '../pages.ts'

// SITE_BASE: the path of the site. SITE_REPOSITORY: the URL of the repository's files, for links to code. SITE_VERSIONS: older versions, each built
// at a path of its own. SITE_OUTPUT: the folder.
const { SITE_BASE: base = '/', SITE_REPOSITORY: repository, SITE_VERSIONS: versions } = process.env
const { version } = JSON.parse(
  readFileSync(join(root, 'packages/server/package.json'), 'utf8'),
) as { readonly version: string }
const descriptions = describePages()
const older = versions ? versions.split(' ') : []

export default defineConfig({
  base,
  srcDir: root,
  outDir: process.env['SITE_OUTPUT'] ?? join(root, 'dist/site'),
  srcExclude: ['!(docs|*.md)/**'],
  rewrites: rewrite,
  title: 'Countersign',
  description: 'JWT authentication for HTTP APIs, in TypeScript',
  ignoreDeadLinks: 'localhostLinks',
  markdown: {
    anchor: { slugify },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    languageAlias: { caddyfile: 'nginx', haproxy: 'nginx' },
    config(markdown) {
      markdown.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
        const { path, realPath = path } = env as {
          readonly path: string
          readonly realPath?: string
        }
        const page = relative(root, realPath)
        const inline = tokens.flatMap(({ children }) => children ?? [])
        for (const [at, token] of inline.entries()) {
          const link = token.type === 'link_open' ? token.attrGet('href') : null
          if (link === null) continue
          const target = targetOf(link, page, repository)
          if (target !== undefined) {
            token.attrSet('href', target)
            continue
          }
          const close = inline.slice(at).find(({ type }) => type === 'link_close') // links do not nest
          for (const end of [token, close])
            if (end) Object.assign(end, { tag: 'span', attrs: null })
        }
      })
    },
  },
  transformPageData: ({ relativePath, description }) => ({
    description: descriptions.get(relativePath) ?? description,
  }),
  vite: {
    resolve: {
      // The pages are outside of this folder, and would look for it in theirs.
      alias: [
        { find: /^vue(?=$|\/server-renderer$)/, replacement: join(root, 'site/node_modules/vue') },
      ],
    },
  },
  themeConfig: {
    outline: [2, 3],
    search: { provider: 'local' },
    sidebar: sidebar(),
    nav: [
      { text: 'Start', link: '/' },
      { text: 'Guides', link: '/contents' },
      {
        text: version,
        items: [
          { text: 'Changelog', link: '/changelog' },
          ...older.map((one) => ({ text: one, link: `/${one}/`, target: '_self' })),
        ],
      },
    ],
  },
})
