// The documentation as web pages: they load nothing from elsewhere, every link has a target, and search, copying and both themes work.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, after, suite, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { findChromium, howToGetChromium, startBrowser } from '@countersign/testing/browser'
import { root } from '@countersign/testing/files'
import { formOf } from '@countersign/testing/proofs'
import { freePort } from '@countersign/testing/http'
import { run, start, type Running } from '@countersign/testing/process'

const chromium = findChromium()
const skip = formOf({
  short: 'a long proof: npm run proofs -- site',
  long: chromium ? false : howToGetChromium,
})
const output = join(root, 'dist/site')
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')

/** The rules of WCAG 2.2 AA. The others of axe are habits: an empty header of a column is not one of ours. */
const wcag = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

interface Finding {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

/** Returns what axe finds on the page. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found: readonly Finding[] = await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(wcag)} }).then((r) => r.violations)`,
  )
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

suite('the site of the documentation', { skip }, () => {
  let browser: Browser
  let server: Running
  let url: string
  let page: Page
  const strangers: string[] = []

  before(async () => {
    const site = join(root, 'scripts/site.ts')
    const built = await run([process.execPath, site, '--version', 'HEAD'])
    assert.equal(built.code, 0, built.output)
    const port = await freePort()
    url = `http://localhost:${port}`
    const preview = [join(root, 'site/node_modules/vitepress/bin/vitepress.js'), 'preview']
    server = await start([process.execPath, ...preview, '--port', `${port}`], {
      cwd: join(root, 'site'),
      ready: /Built site served at/,
    })
    browser = await startBrowser(chromium ?? '')
    const permissions = ['clipboard-read', 'clipboard-write']
    page = await (await browser.newContext({ permissions })).newPage()
    page.on('request', (request) => {
      if (!request.url().startsWith(url)) strangers.push(request.url())
    })
  })
  after(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('every link and anchor of every page has a target', () => {
    const pages = new Map(
      globSync('**/*.html', { cwd: output }).map((file) => [
        `/${file}`,
        readFileSync(join(output, file), 'utf8'),
      ]),
    )
    assert.ok(pages.size > 60)
    for (const [path, html] of pages) {
      for (const [, file = '', anchor] of html.matchAll(/ href="(\/[^"#]*|)(?:#([^"]+))?"/g)) {
        if (/\.(css|js|svg|woff2)$/.test(file) || file === '/HEAD/') continue
        const target = pages.get(file === '' ? path : file === '/' ? '/index.html' : file)
        assert.ok(target !== undefined, `${path} links to ${file}`)
        if (anchor)
          assert.ok(
            target.includes(`id="${decodeURIComponent(anchor)}"`),
            `${path}: ${file}#${anchor}`,
          )
      }
    }
  })

  test('the search finds pages', async () => {
    await page.goto(url)
    await page.keyboard.press('/')
    await page.locator('#localsearch-input').fill('revoke')
    await page.locator('.result').first().click()
    await page.waitForURL(/revo/i)
  })

  test('a button copies a block of code', async () => {
    await page.goto(`${url}/guides/protect-a-route.html`)
    await page.locator('div.language-ts').first().hover()
    await page.locator('button.copy').first().click()
    await page.locator('button.copy.copied').waitFor()
    const copied: string = await page.evaluate('navigator.clipboard.readText()')
    assert.match(copied, /^import \{ createGuard \}/)
  })

  test('axe finds nothing, in either theme', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      for (const path of ['/', '/contents.html', '/guides/protect-a-route.html']) {
        await page.goto(url + path)
        assert.deepEqual(await findings(page), [], `${path} ${colorScheme}`)
      }
    }
  })

  test('no page loads anything from elsewhere', () => assert.deepEqual(strangers, []))
})
