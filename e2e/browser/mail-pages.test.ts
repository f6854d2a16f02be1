// The pages of mail in every state: accessible in both languages, in light and dark, on a phone and on a desktop.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { howToGetChromium } from '@countersign/testing/browser'
import { executable } from '@countersign/testing/pages'
import { formOf } from '@countersign/testing/proofs'
import { mailPages, openMailPages } from './mail-pages.fixture.ts'

const skip = executable ? false : howToGetChromium
const axe = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const windows = { phone: { width: 390, height: 844 }, desktop: { width: 1280, height: 800 } }

/** The rules of axe for each colour scheme: all of them, and in the dark those that depend on colours. The selectors of elements are not read. */
const rules = {
  light: { selectors: false, resultTypes: ['violations'] },
  dark: { selectors: false, resultTypes: ['violations'], runOnly: ['cat.color'] },
} as const

/** Returns what axe finds in a page as it is shown now. */
async function violationsOf(page: Page, scheme: keyof typeof rules): Promise<readonly string[]> {
  const run = `axe.run(${JSON.stringify(rules[scheme])}).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`
  return page.evaluate<readonly string[]>(run)
}

/**
 * Returns the colour schemes that axe checks: in the suite both on a phone in English, and light on a phone in German and on a desktop in English;
 * everything in `npm run proofs -- pages`.
 */
function schemesOf(language: 'en' | 'de', window: string): readonly ('dark' | 'light')[] {
  const isShort = language === 'de' && window === 'desktop'
  const isBoth = language === 'en' && window === 'phone'
  const short = isShort ? [] : isBoth ? (['dark', 'light'] as const) : (['light'] as const)
  return formOf({ short, long: ['dark', 'light'] })
}

test(
  'axe finds nothing on any page of mail, in English and German, light and dark, on phone and desktop',
  { skip },
  async () => {
    await using world = await openMailPages()
    const found: string[] = []
    const states = new Set<string>()
    for (const language of ['en', 'de'] as const)
      for await (const { name, page } of mailPages(world, language)) {
        states.add(name)
        assert.ok(
          (await page.locator(`[lang=${language}]`).count()) > 0 || name === 'mailbox',
          name,
        )
        await page.evaluate(axe)
        for (const [window, size] of Object.entries(windows)) {
          await page.setViewportSize(size)
          for (const colorScheme of schemesOf(language, window)) {
            await page.emulateMedia({ colorScheme })
            const where = `${name} ${language} ${window} ${colorScheme}`
            for (const one of await violationsOf(page, colorScheme)) found.push(`${where}: ${one}`)
          }
          const width = await page.evaluate<number>('document.documentElement.scrollWidth')
          if (width > size.width) found.push(`${name} ${language} ${window}: ${width} pixels wide`)
        }
      }
    assert.deepEqual(found, [])
    assert.equal(states.size, 20)
  },
)
